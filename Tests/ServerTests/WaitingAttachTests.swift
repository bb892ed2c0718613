import Journal
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Attaches beyond `limits.attaching`: they wait, and leave the queue in every way that there is.
@Suite struct WaitingAttachTests {
    /// A server whose token look-ups wait at a gate, which holds the attaches that are being prepared.
    private struct Held {
        var server: TestServer
        var gate: Gate
        var headers: [(String, String)]

        static func start(attaching: Int) async throws -> Held {
            let folder = try TemporaryDirectory("belayd")
            let gate = Gate()
            let store = HookedStore(try SQLiteJournal(folder: folder.path), tokenLookedUp: { gate.pass() })
            let server = try await TestServer.start(
                [ScriptedAgent()], in: folder, store: store, change: { $0.attachingMaximum = attaching })
            let token = try server.token(for: "alice").text
            return Held(
                server: server, gate: gate, headers: HTTPAnswer.upgrade + [("Authorization", "Bearer \(token)")])
        }

        /// Clients that ask for an upgrade.
        func callers(_ count: Int) async throws -> [HTTPAnswer.Caller] {
            var callers: [HTTPAnswer.Caller] = []
            for _ in 0..<count {
                let caller = try await HTTPAnswer.connect(to: server.endpoint)
                caller.ask("/acp", headers)
                callers.append(caller)
            }
            return callers
        }

        /// Whether so many come to be prepared, and so many to wait.
        func comeToBe(attaching: Int, waiting: Int) async -> Bool {
            await eventually {
                let counters = await server.daemon.server.counters
                return counters.attaching == attaching && counters.attachesWaiting == waiting
            }
        }
    }

    @Test func theyAreServedWhenThereIsAPlace() async throws {
        let held = try await Held.start(attaching: 2)
        let callers = try await held.callers(42)
        #expect(await held.comeToBe(attaching: 2, waiting: 40))
        held.gate.open()
        for caller in callers { #expect(try await caller.answer().status == 101) }
        #expect(await held.comeToBe(attaching: 0, waiting: 0))
        await held.server.stop()
    }

    @Test func theyAreRefusedAndSpreadWhenTheWaitIsTooLong() async throws {
        let held = try await Held.start(attaching: 2)
        let early = try await held.callers(30)
        #expect(await held.comeToBe(attaching: 2, waiting: 28))
        // Nothing is finished for a minute.
        held.server.clock.advance(by: .seconds(60))
        let late = try await held.callers(40)
        var delays: [Int64] = []
        for caller in late {
            let answer = try await caller.answer()
            #expect(answer.status == 503)
            #expect(answer.body["reason"] == "busy")
            let delay = try #require(answer.body["retryAfterMs"]?.integer(in: .delay))
            #expect(answer.headers["retry-after"] == String((delay + 999) / 1_000))
            delays.append(delay)
        }
        #expect(delays.allSatisfy { (100...7_100).contains($0) }, "31 to 70 at ten a second")
        #expect(Set(delays).count > 20, "they do not come back together")
        #expect(await held.comeToBe(attaching: 2, waiting: 28))

        held.gate.open()
        for caller in early { #expect(try await caller.answer().status == 101, "who waited is not sent away") }
        #expect(await held.comeToBe(attaching: 0, waiting: 0))
        for caller in try await held.callers(1) { #expect(try await caller.answer().status == 101) }
        await held.server.stop()
    }

    @Test func aConnectionThatIsClosedWaitsNoMore() async throws {
        let held = try await Held.start(attaching: 1)
        var callers = try await held.callers(1)
        #expect(await held.comeToBe(attaching: 1, waiting: 0))
        callers += try await held.callers(5)
        #expect(await held.comeToBe(attaching: 1, waiting: 5))
        for index in [1, 3, 5] { try await callers[index].close() }
        #expect(await held.comeToBe(attaching: 1, waiting: 2))
        #expect(await held.server.daemon.server.counters.connections == 0, "nobody is in yet")
        held.gate.open()
        for index in [0, 2, 4] { #expect(try await callers[index].answer().status == 101) }
        #expect(await held.comeToBe(attaching: 0, waiting: 0))
        await held.server.stop()
    }

    @Test func aServerThatStopsTellsThemWhenToComeBack() async throws {
        let held = try await Held.start(attaching: 1)
        let first = try await held.callers(1)
        #expect(await held.comeToBe(attaching: 1, waiting: 0))
        let waiting = try await held.callers(5)
        #expect(await held.comeToBe(attaching: 1, waiting: 5))
        async let stopped: Void = held.server.stop()
        for caller in waiting {
            let answer = try? await caller.answer()
            #expect(answer?.status == 503)
            #expect(answer?.body["reason"] == "restarting")
            #expect(answer?.body["retryAfterMs"]?.integer(in: .delay) != nil)
        }
        // The thread of the one that is being prepared keeps the server from its end.
        held.gate.open()
        await stopped
        _ = try? await first[0].answer()
    }

    /// An attach without a token needs nothing from the disk: it ends while the server gives it its place.
    @Test func thoseThatEndAtOnceLetTheWholeQueuePass() async throws {
        let held = try await Held.start(attaching: 1)
        let first = try await held.callers(1)
        #expect(await held.comeToBe(attaching: 1, waiting: 0))
        var strangers: [HTTPAnswer.Caller] = []
        for _ in 0..<100 {
            let caller = try await HTTPAnswer.connect(to: held.server.endpoint)
            caller.ask("/acp", HTTPAnswer.upgrade)
            strangers.append(caller)
        }
        #expect(await held.comeToBe(attaching: 1, waiting: 100))
        held.gate.open()
        #expect(try await first[0].answer().status == 101)
        for stranger in strangers {
            let answer = try await stranger.answer()
            #expect(answer.status == 401 && answer.body["reason"] == "token_missing")
        }
        #expect(await held.comeToBe(attaching: 0, waiting: 0))
        await held.server.stop()
    }

    @Test func initializeInAFrameWaitsInTheSameQueue() async throws {
        let held = try await Held.start(attaching: 1)
        // Without a token, so that no look-up is waited for.
        var clients: [WireClient] = []
        for _ in 0..<3 { clients.append(try await WireClient.connect(to: held.server.local)) }
        let (patient, leaving, late) = (clients[0], clients[1], clients[2])
        let callers = try await held.callers(20)
        #expect(await held.comeToBe(attaching: 1, waiting: 19))
        let request = patient.post(Method.initialize, InitializeRequest.of("patient").json)
        leaving.post(Method.initialize, InitializeRequest.of("leaving").json)
        #expect(await held.comeToBe(attaching: 1, waiting: 21))
        leaving.abort()
        #expect(await held.comeToBe(attaching: 1, waiting: 20))
        #expect(patient.messages.isEmpty)

        held.server.clock.advance(by: .seconds(60))
        late.post(Method.initialize, InitializeRequest.of("late").json)
        #expect(await eventually { late.closure != nil })
        #expect(late.closure?.code == .tryAgainLater)
        #expect((100...2_300).contains(try #require(late.closure?.retryAfter)), "22 at ten a second")

        held.gate.open()
        try await patient.answer(to: request)
        for caller in callers { #expect(try await caller.answer().status == 101) }
        #expect(await held.comeToBe(attaching: 0, waiting: 0))
        await held.server.stop()
    }
}
