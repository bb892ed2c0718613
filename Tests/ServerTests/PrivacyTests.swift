import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Somebody else's session answers exactly as one that does not exist (`protocol.md` §2).
@Suite struct PrivacyTests {
    /// What asks about a session.
    private static let questions: [(method: String, params: JSON)] = [
        (Method.loadSession, ["cwd": "/usr", "mcpServers": []]),
        (Method.resumeSession, ["cwd": "/usr", "mcpServers": []]),
        (Method.prompt, ["prompt": [["type": "text", "text": "mine?"]]]),
        (Method.state, ["parts": []]),
        (Method.history, ["limit": 10]),
        (Method.closeSession, [:]),
        (Method.deleteSession, [:]),
    ]

    @Test(arguments: [true, false])
    func anotherUsersSessionIsNotThere(hasLayer: Bool) async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let alice = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "alice").text, as: "a")
            let session = try await alice.newSession()
            let prompt = alice.prompt("a secret", in: session)
            try await agent.say("told to alice")
            let bob = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "bob").text, as: hasLayer ? "b" : nil)
            for (method, params) in Self.questions {
                let real = try #require(try await bob.refusal(method, about(session, params)), "\(method)")
                let unknown = try #require(try await bob.refusal(method, about("none", params)), "\(method)")
                #expect(real.code == .resourceNotFound, "\(method)")
                #expect(real.code == unknown.code)
                #expect(real.data == unknown.data)
                // The only difference is the name that the question itself held.
                #expect(real.message == unknown.message.replacing("none", with: session.rawValue))
            }
            bob.send(.notification(method: Method.cancel, params: ["sessionId": .string(session.rawValue)]))
            let list = try await bob.request(Method.listSessions, [:])
            #expect(list["sessions"] == [])
            try await agent.say(", and goes on")
            try await agent.end()
            #expect(try await alice.answer(to: prompt)["stopReason"] == "end_turn", "a stranger's cancel does nothing")
            #expect(alice.agentText == "told to alice, and goes on")
            #expect(bob.agentText.isEmpty)
            #expect(bob.notices.isEmpty)
        }
    }

    @Test func theFastPathDoesNotTellEither() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let alice = try await WireClient.greeted(
                by: server.endpoint, token: try server.token(for: "alice").text, as: "a")
            let session = try await alice.newSession()
            let bob = try await WireClient.connect(
                to: server.endpoint, token: try server.token(for: "bob").text,
                initialize: .of("b", resume: [AttachRequest(session: session, position: nil)]))
            let result = try InitializeResult(json: try await bob.answer(to: .number(0)))
            guard case .refused(session, let error)? = result.layer?.resumed.first else {
                Issue.record("not refused: \(result)")
                return
            }
            #expect(error.code == .resourceNotFound)
            #expect(error.data == ["belay": ["reason": "unknown_session"]])
        }
    }

    private func about(_ session: SessionID, _ params: JSON) -> JSON {
        .object([JSON.Member("sessionId", .string(session.rawValue))] + (params.members ?? []))
    }
}
