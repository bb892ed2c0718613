import AgentKit
import Agents
import Glibc
import Testing
import Wire

/// What an agent that cannot be used is told about, in a sentence that says what to do.
@Suite struct ACPStartTests {
    private func failure(
        _ environment: [String: String] = [:], words: [String]? = nil, signIn: String? = nil,
        startMaximum: Duration = .seconds(60)
    ) async throws -> String {
        let peer = try PeerAgent(environment)
        let agent = peer.agent(words: words, signIn: signIn, startMaximum: startMaximum)
        let error = await #expect(throws: (any Error).self) {
            let session = try await agent.open(peer.context(), host: TestHost())
            await session.close()
        }
        #expect(peer.processes.isEmpty, "nothing is left of an agent that did not start")
        return (error as? any TurnError)?.sentence ?? ""
    }

    @Test func oneThatIsNotInstalled() async throws {
        let sentence = try await failure(words: ["no-such-agent", "--acp"])
        #expect(sentence.contains("'peer' is not installed") && sentence.contains("'no-such-agent'"), "\(sentence)")
    }

    @Test func oneThatSpeaksAnotherVersion() async throws {
        let sentence = try await failure(["AGENT_VERSION": "2"])
        #expect(sentence.contains("version 2 of the Agent Client Protocol"), "\(sentence)")
    }

    @Test func oneThatWantsItsUserToSignIn() async throws {
        let sentence = try await failure(["AGENT_SIGN_IN": "needed"])
        #expect(sentence == "the agent 'peer' wants you to sign in first: A key - set AGENT_KEY")
        let refused = try await failure(["AGENT_SIGN_IN": "needed"], signIn: "browser")
        #expect(refused == "the agent 'peer' refused: there is no such method to sign in")
        let peer = try PeerAgent(["AGENT_SIGN_IN": "needed"])
        let session = try await peer.agent(signIn: "key").open(peer.context(), host: TestHost())
        await session.close()
    }

    @Test func oneThatAnswersNothing() async throws {
        let sentence = try await failure(["AGENT_SILENT": "1"], startMaximum: .seconds(10))
        #expect(
            sentence.contains("did not answer within 10 seconds") && sentence.contains("start_timeout"), "\(sentence)")
    }

    @Test func oneThatOnlyTalks() async throws {
        let sentence = try await failure(["AGENT_SILENT": "1", "AGENT_NOISE": "3"], startMaximum: .seconds(10))
        #expect(
            sentence.contains("3 lines that are no messages") && sentence.hasSuffix("Welcome, line 2"), "\(sentence)")
    }

    @Test func oneThatEndsAtOnce() async throws {
        let sentence = try await failure(words: ["sh", "-c", "echo no licence >&2; exit 9"])
        #expect(sentence == "the agent ended with exit code 9: no licence")
    }

    @Test func noiseBeforeTheFirstMessageDoesNotMatter() async throws {
        let (peer, host) = (try PeerAgent(["AGENT_NOISE": "5"]), TestHost())
        let session = try await peer.agent().open(peer.context(), host: host)
        #expect(try await peer.run("repeat fine", on: session, host) == .endTurn)
        #expect(host.said == "repeat fine")
        await session.close()
    }

    @Test func theServersOwnVariablesAreNotInItsEnvironment() async throws {
        setenv("BELAY_TEST_SECRET", "secret", 1)
        let (peer, host) = (try PeerAgent(), TestHost())
        let session = try await peer.agent(["BELAY_OF_THE_CONFIGURATION": "x"]).open(peer.context(), host: host)
        _ = try await peer.run("env", on: session, host)
        let names = host.said.split(separator: " ")
        #expect(names.filter { $0.hasPrefix("BELAY_") } == ["BELAY_OF_THE_CONFIGURATION"])
        #expect(names.contains("PATH"))
        await session.close()
    }
}
