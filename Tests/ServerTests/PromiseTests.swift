import Agents
import Journal
import Ledger
import NIOCore
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Sentences of `protocol.md` that no other suite would miss.
@Suite struct PromiseTests {
    private func named(_ session: SessionID) -> JSON { ["sessionId": .string(session.rawValue)] }

    private func isQuestion(_ message: Message) -> Bool {
        if case .request(_, Method.requestPermission, _) = message { true } else { false }
    }

    @Test func nothingIsDoneBeforeInitialize() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.connect(to: server.local)
            let asked: JSON = ["sessionId": "s", "cwd": "/tmp", "mcpServers": [], "prompt": []]
            for method in [
                Method.authenticate, Method.newSession, Method.loadSession, Method.resumeSession, Method.listSessions,
                Method.closeSession, Method.deleteSession, Method.prompt, Method.state, Method.history, Method.ping,
            ] {
                #expect(try await client.refusal(method, asked)?.code == .invalidRequest, "\(method)")
            }
            #expect(try await client.refusal("_belay/dance", asked)?.code == .methodNotFound)
            try await client.request(Method.initialize, InitializeRequest.of("c").json)
            #expect(try await client.request(Method.authenticate, ["methodId": "any"]) == [:], "there is nothing to do")
            #expect(try await client.request(Method.listSessions, [:])["sessions"] == [])
        }
    }

    @Test func aListSaysWhatGoesOnInEachSession() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let idle = try await client.newSession()
            let busy = try await client.newSession()
            client.prompt("may I?\nsecond line", in: busy)
            agent.post(.ask("may"))
            #expect(await eventually { client.messages.contains(where: isQuestion) })
            let other = try await WireClient.greeted(by: server.local, as: "d")
            _ = try await other.resume(busy, from: nil)

            let list = try await other.request(Method.listSessions, [:])["sessions"]?.array ?? []
            func info(_ session: SessionID) -> JSON? { list.first { $0["sessionId"]?.string == session.rawValue } }
            let head = try #require(try server.journal(of: busy).last?.seq)
            #expect(info(busy)?["title"] == "may I?")
            #expect(info(busy)?["cwd"] == "/usr")
            #expect(info(busy)?["updatedAt"]?.string?.hasPrefix("2027-01-") == true)
            let belay = info(busy)?.belay
            #expect(belay?["epoch"]?.string == (try server.epoch(of: busy))?.rawValue)
            #expect(belay?["headSeq"]?.integer(in: .position) == head)
            #expect(belay?["turn"]?.string == agent.turns.first?.id.rawValue)
            #expect(belay?["attached"] == 2)
            #expect(belay?["pendingRequests"] == 1)
            #expect(belay?["agent"] == "scripted")
            #expect(belay?["expiredAt"] == nil)
            #expect(info(idle)?.belay?["turn"] == nil)
            #expect(info(idle)?.belay?["headSeq"] == 0)
            #expect(info(idle)?.belay?["attached"] == 1)
            #expect(info(idle)?.belay?["pendingRequests"] == 0)
        }
    }

    @Test func aPingTellsHowFarTheJournalsOfTheConnectionAre() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let (watched, left) = (try await client.newSession(), try await client.newSession())
            try await client.prompt("hello", in: watched, endedBy: agent)
            client.notify(Method.detach, named(left))
            let pong = try await client.request(Method.ping, ["t": "any", "acks": []])
            #expect(pong["t"] == "any")
            let head = try #require(try server.journal(of: watched).last?.seq)
            #expect(pong["heads"] == .object([JSON.Member(watched.rawValue, .integer(head))]))
        }
    }

    @Test func whatAClientSaysItHoldsChangesNothing() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            try await client.prompt("hello", in: session, endedBy: agent)
            let epoch = try #require(try server.epoch(of: session))
            let journal = try server.journal(of: session)
            let claims: [(String, Seq)] = [(session.rawValue, 1), (session.rawValue, 999_999), ("nobody's", 1)]
            for (name, seq) in claims {
                let ack: JSON = ["sessionId": .string(name), "epoch": .string(epoch.rawValue), "seq": .integer(seq)]
                client.notify(Method.ack, ["acks": [ack]])
                try await client.request(Method.ping, ["t": 1, "acks": [ack]])
            }
            client.notify(Method.ack, ["acks": "none"])
            client.notify(Method.detach, named("nobody's"))
            let other = try await WireClient.greeted(by: server.local, as: "d")
            let attached = try await other.resume(session, from: Position(epoch: epoch, seq: 0))
            #expect(attached.mode == .delta)
            #expect(await eventually { !other.fences.isEmpty })
            #expect(other.notices.map(\.entry) == Entry.coalesced(journal), "never correctness")
            #expect(client.closure == nil)
        }
    }

    @Test func aResumeAnswersFirstThenReplaysThenFences() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await first.newSession()
            try await first.prompt("hello", in: session, endedBy: agent)
            let second = try await WireClient.greeted(by: server.local, as: "d")
            // Without a position it holds nothing: everything follows.
            let attached = try await second.resume(session, from: nil)
            #expect(attached.mode == .snapshot)
            #expect(attached.afterSeq == 0)
            #expect(attached.turn == nil)
            #expect(await eventually { !second.fences.isEmpty })
            let behind = second.messages.drop { if case .response(.number(2), _) = $0 { false } else { true } }
            #expect(second.messages.count - behind.count == 1, "the answer to initialize, and nothing else, before it")
            #expect(behind.count == second.notices.count + 2)
            #expect(second.notices.map(\.entry) == Entry.coalesced(try server.journal(of: session)))
            #expect(second.notices.allSatisfy { $0.isReplay })
            guard case .notification(Method.caughtUp, _)? = second.messages.last else {
                Issue.record("the fence is not the last: \(second.messages)")
                return
            }
        }
    }

    @Test func aPlainClientThatResumesHearsWhatHappensFromNowOn() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await first.newSession()
            first.prompt("hello", in: session)
            try await agent.say("before")
            let plain = try await WireClient.greeted(by: server.local)
            let params: JSON = ["sessionId": .string(session.rawValue), "cwd": "/tmp", "mcpServers": []]
            #expect(try await plain.request(Method.resumeSession, params) == [:])
            try await agent.say(", after")
            try await agent.end()
            #expect(await eventually { plain.agentText == ", after" })
            #expect(plain.fences.isEmpty)
        }
    }

    @Test func eachSessionOfTheFastPathIsAnsweredInItsPlace() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "c")
            let sessions = [try await first.newSession(), try await first.newSession()]
            for session in sessions { try await first.prompt("hello", in: session, endedBy: agent) }
            let names = [sessions[1], "nobody's", sessions[0]]
            let hello = InitializeRequest.of("d", resume: names.map { AttachRequest(session: $0, position: nil) })
            let second = try await WireClient.connect(to: server.local, initialize: hello)
            #expect(await eventually { second.fences.count == 2 })
            let result = try InitializeResult(json: try await second.answer(to: .number(0)))
            let answered = result.layer?.resumed.map { outcome in
                switch outcome {
                case .attached(let attached): (attached.session, true)
                case .refused(let session, _): (session, false)
                }
            }
            #expect(answered?.map(\.0) == names)
            #expect(answered?.map(\.1) == [true, false, true], "one that is not there is no other's trouble")
            for session in sessions {
                #expect(
                    second.notices.filter { $0.session == session }.map(\.entry)
                        == Entry.coalesced(try server.journal(of: session)))
            }
        }
    }

    @Test func whatIsAdvertisedIsWhatIsThere() async throws {
        try await withServer([ScriptedAgent()], change: { $0.pingInterval = .seconds(7) }) { server in
            let client = try await WireClient.connect(to: server.local)
            let hello = try await client.request(Method.initialize, InitializeRequest.of("c").json)
            let capabilities = try #require(hello["agentCapabilities"])
            #expect(capabilities["loadSession"] == true)
            for name in ["list", "resume", "close", "delete"] {
                #expect(capabilities["sessionCapabilities"]?[name] == [:], "\(name)")
            }
            #expect(capabilities.belay?["version"] == 1)
            for name in ["attach", "ack", "idempotency", "history", "state"] {
                #expect(capabilities.belay?[name] == [:], "\(name)")
            }
            #expect(capabilities.belay?["ping"] == ["intervalMs": 7_000, "timeoutMs": 3_000])
            #expect(hello.belay?["resumed"] == [])

            let session = try await client.newSession()
            let state = try await client.request(Method.state, named(session))
            for part in ["memory", "plan", "toolCalls", "requests", "seq"] { #expect(state[part] != nil, "\(part)") }
            let history = try await client.request(Method.history, named(session))
            #expect(history == ["messages": [], "more": false, "limit": 50])
        }
    }

    @Test func aTokenThatEndsWhileConnectedEndsTheConnection() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let short = try server.token(for: "alice", lifetime: .seconds(60)).text
            let client = try await WireClient.greeted(by: server.endpoint, token: short, as: "c")
            server.clock.advance(by: .seconds(59))
            try await client.request(Method.ping, [:])
            server.clock.advance(by: .seconds(1))
            #expect(await eventually { client.closure?.code == .tokenRejected })
            #expect(client.closure?.reason.contains("expired") == true)
            #expect(client.closure?.isRetryable == false)
        }
    }

    @Test func aMessageAsLongAsTheBoundIsTakenAndALongerOneCloses() async throws {
        try await withServer([ScriptedAgent()], change: { $0.messageBytesMaximum = 4_096 }) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            func ping(_ bytes: Int) -> Message {
                let empty = Message.request(.string("p"), method: Method.ping, params: ["t": ""])
                let text = String(repeating: "x", count: bytes - empty.encoded.readableBytes)
                return .request(.string("p"), method: Method.ping, params: ["t": .string(text)])
            }
            client.send(ping(4_096))
            _ = try await client.answer(to: .string("p"))
            client.send(ping(4_097))
            #expect(await eventually { client.closure?.code == .tooBig })
            #expect(client.closure?.reason.contains("4096") == true)
        }
    }

    @Test func jsonThatIsNestedTooDeepIsAnErrorAndTheConnectionGoesOn() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            // The message is one level, and its parameters are another.
            func ping(_ depth: Int) -> Message {
                let time = (0..<depth - 2).reduce(JSON.integer(1)) { inner, _ in [inner] }
                return .request(.number(Int64(depth)), method: Method.ping, params: ["t": time])
            }
            client.send(ping(64))
            _ = try await client.answer(to: .number(64))
            client.send(ping(65))
            #expect(
                await eventually {
                    client.messages.contains { message in
                        if case .failure(.null, let error) = message { error.code == .parseError } else { false }
                    }
                })
            try await client.request(Method.ping, [:])
        }
    }

    @Test func whatWasAnsweredInTheHeaderIsNotAnsweredAgain() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let client = try await WireClient.connect(to: server.local, initialize: .of("c"))
            _ = try await client.answer(to: .number(0))
            let again = try await client.refusal(Method.initialize, InitializeRequest.of("c").json)
            #expect(again?.code == .invalidRequest)
            _ = try await client.newSession()
        }
    }

    @Test func aJournalThatCannotBeReadEndsTheReplayForAWhile() async throws {
        let folder = try TemporaryDirectory("belayd")
        let read: HookedStore.EntriesRead = { _, _ throws(StoreError) in throw .failed("input/output error") }
        let store = HookedStore(try SQLiteJournal(folder: folder.path), entriesRead: read)
        let agent = FixedAgent { _ in [] }
        let server = try await TestServer.start([agent], in: folder, store: store) { $0.limits.tailEntries = 0 }
        let first = try await WireClient.greeted(by: server.local, as: "c")
        let session = try await first.newSession()
        first.prompt("hello", in: session)
        #expect(await eventually { (try? server.journal(of: session).last?.body.isEnd) ?? false })
        let second = try await WireClient.greeted(by: server.local, as: "d")
        #expect(try await second.resume(session, from: nil).headSeq > 0)
        #expect(await eventually { second.closure?.code == .tryAgainLater })
        #expect(second.closure?.retryAfter == 2_000)
        #expect(second.closure?.isRetryable == true)
        #expect(second.fences.isEmpty, "a resume is whole, or says that it is not")
        await server.stop()
    }

    @Test func historyIsReadForwardsToo() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            for number in 1...3 { try await client.prompt("question \(number)", in: session, endedBy: agent) }
            var (after, texts) = (Int64(0), [String]())
            while true {
                let page = try await client.request(
                    Method.history,
                    ["sessionId": .string(session.rawValue), "after": .integer(after), "limit": 2])
                let messages = try page.elements("messages", as: HistoryMessage.self)
                texts += messages.flatMap(\.content).compactMap(\.text)
                after = messages.last?.seq ?? after
                if page["more"] == false { break }
                #expect(messages.count == 2)
            }
            #expect(texts == ["question 1", "done", "question 2", "done", "question 3", "done"])
        }
    }
}

extension WireClient {
    /// Sends a prompt that the agent answers with a word of its own, and waits for the end of its turn.
    fileprivate func prompt(_ text: String, in session: SessionID, endedBy agent: ScriptedAgent) async throws {
        let prompt = prompt(text, in: session)
        try await agent.append([
            .update(
                .agentMessage(
                    ContentChunk(
                        messageID: MessageID("to-\(text.filter(\.isLetter))-in-\(session)"), content: .text("done"))))
        ])
        try await agent.end()
        try await answer(to: prompt)
    }
}
