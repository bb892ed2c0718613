import Agents
import Journal
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// One user's requests do not delay other users, and a connection's are answered in order.
@Suite struct ShareTests {
    private static let mallory = Principal("mallory")

    /// A store that holds what is loaded for mallory until a gate opens, and counts how much was begun.
    private func held(_ folder: TemporaryDirectory, _ gate: Gate, _ begun: Count) throws -> HookedStore {
        HookedStore(
            try SQLiteJournal(folder: folder.path),
            sessionLoaded: { _, principal throws(StoreError) in
                guard principal == ShareTests.mallory else { return }
                begun.add(1)
                gate.pass()
            })
    }

    /// A number that threads count.
    private final class Count: Sendable {
        private let number = Mutex(0)
        var value: Int { number.withLock { $0 } }
        func add(_ more: Int) { number.withLock { $0 += more } }
    }

    @Test(arguments: [Method.state, Method.history, Method.loadSession, Method.fill])
    func aPipelineOfOneUserHoldsUpNobodyElse(method: String) async throws {
        let folder = try TemporaryDirectory("belayd")
        let (gate, begun) = (Gate(), Count())
        let server = try await TestServer.start(
            [FixedAgent.brief], in: folder, store: try held(folder, gate, begun))
        // Whatever fails below, no thread waits for ever.
        defer { gate.open() }
        let alice = try await server.client(of: "alice")
        let session = try await alice.newSession()
        let crowd = [
            try await server.client(of: "mallory", as: "m1"), try await server.client(of: "mallory", as: "m2"),
        ]
        var asked: [[RequestID]] = []
        for client in crowd {
            asked.append(
                (0..<1_000).map { number in
                    let params: JSON = [
                        "sessionId": .string("s\(number)"), "epoch": "e", "from": 1, "to": 1, "cwd": "/usr",
                    ]
                    return client.post(method, params)
                })
        }
        #expect(await eventually { begun.value == 1 })

        // All that others do goes on: what is there already, a session that has to be loaded, and a new connection.
        #expect(try await alice.converse("hello", in: session)["stopReason"] == "end_turn")
        #expect(try await alice.request(Method.history, session.named)["messages"]?.array?.count == 2)
        #expect(try await alice.refusal(Method.state, SessionID("nobodys").named)?.code == .resourceNotFound)
        let carol = try await server.client(of: "carol")
        #expect(try await carol.converse("hello", in: try await carol.newSession())["stopReason"] == "end_turn")
        // What asks for nothing of the disk is not held up on another connection of the same user either.
        let third = try await server.client(of: "mallory", as: "m3")
        #expect(try await third.request(Method.ping, ["t": 3])["t"] == 3)
        #expect(begun.value == 1, "one at a time, however many connections ask")

        gate.open()
        for (client, requests) in zip(crowd, asked) {
            #expect(await eventually { client.messages.count >= requests.count + 1 })
            let answered = client.messages.compactMap { message -> RequestID? in
                if case .failure(let id, let error) = message, error.code == .resourceNotFound { id } else { nil }
            }
            #expect(answered == requests, "each once, and in order")
        }
        #expect(await server.daemon.server.counters.sessions == 2)
        await server.stop()
    }

    @Test func requestsOfAConnectionAreAnsweredInOrder() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            try await client.converse(in: session)
            let last = client.messages.count
            var asked: [RequestID] = []
            for number in 0..<40 {
                asked.append(client.post(Method.history, session.named))
                asked.append(client.post(Method.state, SessionID("s\(number)").named))
                asked.append(client.post(Method.ping, ["t": .integer(Int64(number))]))
                asked.append(client.post(Method.listSessions, [:]))
                asked.append(client.post("_belay/dance", [:]))
            }
            let expected = last + asked.count
            #expect(await eventually { client.messages.count == expected })
            let answered = client.messages.dropFirst(last).compactMap { message -> RequestID? in
                switch message {
                case .response(let id, _), .failure(let id, _): id
                case .request, .notification: nil
                }
            }
            #expect(answered == asked)
        }
    }

    @Test func turnsOfAUserWaitForOneAnotherAndForNobodyElse() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.turnsPerPrincipal = 1 }) { server in
            let daemon = server.daemon
            let alice = try await server.client(of: "alice")
            let (first, second) = (try await alice.newSession(), try await alice.newSession())
            let running = alice.prompt("first", in: first)
            #expect(await eventually { agent.turns.map(\.session) == [first] })
            let waiting = alice.prompt("second", in: second)
            #expect(await eventually { await daemon.server.counters.turnsWaiting == 1 })
            let bob = try await server.client(of: "bob")
            let others = try await bob.newSession()
            let free = bob.prompt("mine", in: others)
            #expect(await eventually { agent.turns.map(\.session) == [first, others] })
            #expect(await daemon.server.counters.turns == 2)

            // A step is taken by whichever turn runs: three ends are one for each.
            for _ in 0..<3 { try await agent.end() }
            #expect(try await bob.answer(to: free)["stopReason"] == "end_turn")
            for prompt in [running, waiting] {
                #expect(try await alice.answer(to: prompt)["stopReason"] == "end_turn")
            }
            #expect(agent.turns.map(\.session) == [first, others, second])
            #expect(await daemon.server.counters.turnsWaiting == 0)
            #expect(await eventually { await daemon.server.counters.turns == 0 })
        }
    }

    @Test func aTurnThatWaitsCanBeCancelledAndNeverBegins() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.turnsPerPrincipal = 1 }) { server in
            let daemon = server.daemon
            let client = try await server.client(of: "alice")
            let (first, second) = (try await client.newSession(), try await client.newSession())
            let running = client.prompt("first", in: first)
            #expect(await eventually { agent.turns.count == 1 })
            let waiting = client.prompt("second", in: second)
            #expect(await eventually { await daemon.server.counters.turnsWaiting == 1 })
            client.notify(Method.cancel, second.named)
            #expect(try await client.answer(to: waiting)["stopReason"] == "cancelled")
            #expect(await daemon.server.counters.turnsWaiting == 0)
            try await agent.end()
            #expect(try await client.answer(to: running)["stopReason"] == "end_turn")
            // The session is as good as new, and its next turn is the second that ever began.
            let next = client.prompt("third", in: second)
            try await agent.end()
            #expect(try await client.answer(to: next)["stopReason"] == "end_turn")
            #expect(agent.turns.map(\.session) == [first, second])
            #expect(agent.cancelled == 0)
        }
    }

    @Test func turnsOfAllUsersAreBounded() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.turnsMaximum = 1 }) { server in
            let daemon = server.daemon
            let (alice, bob) = (try await server.client(of: "alice"), try await server.client(of: "bob"))
            let first = alice.prompt("first", in: try await alice.newSession())
            #expect(await eventually { agent.turns.count == 1 })
            let second = bob.prompt("second", in: try await bob.newSession())
            #expect(await eventually { await daemon.server.counters.turnsWaiting == 1 })
            #expect(await daemon.server.counters.turns == 1)
            for (client, prompt) in [(alice, first), (bob, second)] {
                try await agent.end()
                #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            }
        }
    }

    @Test func whoWaitsForOneTurnIsBounded() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.limits.waiters = 3 }) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let first = client.prompt("hello", in: session, key: "k")
            #expect(await eventually { agent.turns.count == 1 })
            let joined = (0..<2).map { _ in client.prompt("hello", in: session, key: "k") }
            let refused = client.prompt("hello", in: session, key: "k")
            #expect(try await client.refusal(of: refused)?.reason == "queue_full")
            try await agent.end()
            #expect(try await client.answer(to: first).belay?["joined"] == false)
            for request in joined { #expect(try await client.answer(to: request).belay?["joined"] == true) }
            #expect(try await client.converse("hello", in: session, key: "k").belay?["joined"] == true)
        }
    }
}
