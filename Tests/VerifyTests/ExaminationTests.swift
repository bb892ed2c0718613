import Agents
import Foundation
import Journal
import Ledger
import NIOPosix
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Verify
import Wire

/// The examination of real servers: it passes the good one, and names what is wrong with those that were broken on
/// purpose.
///
/// One after the other: memory of this process and medians of milliseconds are looked at.
@Suite(.serialized) struct ExaminationTests {
    /// A server with the real agent, a real folder and real time, whose sessions wait for seconds.
    private enum Bench {
        static func run(
            _ cases: Set<Int> = [1, 2, 3, 4, 5], breaking: HookedStore.EntriesRead? = nil, local: Bool = false,
            change: (inout ServerConfiguration) -> Void = { _ in }
        ) async throws -> Report {
            let (folder, home) = (try TemporaryDirectory("shop"), try TemporaryDirectory("belayd"))
            for name in ["Cart", "Stock", "Order", "Price"] {
                try "/// \(name) keeps the retry policy.\nstruct \(name) { var retries = 3 }\n".write(
                    toFile: folder.path("\(name).swift"), atomically: true, encoding: .utf8)
            }
            var configuration = ServerConfiguration(
                addresses: [.host("127.0.0.1", port: 0), .unix(path: home.path("socket"))],
                dataDirectory: home.path, limits: Limits(brief: .seconds(2), expire: .seconds(5)))
            if breaking != nil {
                // Nothing is held in memory, so that every replay comes from the broken disk.
                configuration.limits.tailEntries = 0
            }
            configuration.folders.shared = [folder.path]
            change(&configuration)
            let store = try SQLiteJournal(folder: home.path)
            let (token, record) = Tokens.make(
                for: Principal("customer"), lifetime: nil, now: Clock.system.now.timestamp)
            try store.add(record, by: .never)
            let daemon = try await Daemon.start(
                configuration, agents: [Librarian(dataDirectory: home.path("index"), logger: .quiet)],
                store: HookedStore(store, entriesRead: breaking ?? { $1 }), logger: .quiet)
            let endpoint = Endpoint(
                address: local ? .unix(path: home.path("socket")) : .host("127.0.0.1", port: daemon.port ?? 0))
            let examination = Examination(
                .init(
                    endpoint: endpoint, token: { local ? nil : token }, directory: folder.path, isQuick: true,
                    cases: cases),
                on: MultiThreadedEventLoopGroup.singleton.next())
            do {
                let report = try await examination.run()
                await daemon.stop()
                let left = try store.sessions(
                    of: Principal(local ? "local" : "customer"), directory: nil, offset: 0, limit: 100,
                    by: .never)
                #expect(left.isEmpty == report.isPassed, "sessions stay only to be looked at")
                return report
            } catch {
                await daemon.stop()
                throw error
            }
        }
    }

    @Test("a good server passes")
    func good() async throws {
        let report = try await Bench.run()
        let bad = report.cases.flatMap(\.criteria).filter { $0.outcome != .passed }
        #expect(bad.isEmpty)
        #expect(report.isPassed)
        #expect(report.cases.map(\.number) == [1, 2, 3, 4, 5])
        #expect(report.program.hasPrefix("belayd "))
        #expect(report.shortened.count == 5, "every wait was, and is named")
    }

    @Test("on a Unix socket, what needs addresses is said to be not measurable")
    func unixSocket() async throws {
        let report = try await Bench.run(local: true)
        #expect(report.isPassed)
        let unknown = report.cases.flatMap(\.criteria).filter { $0.outcome == .notMeasurable }
        #expect(unknown.map(\.name) == ["recognized from another address", "latency added by moving"])
        #expect(unknown.first?.detail == "a Unix socket has no addresses")
        #expect(criterion("memory of the server", of: report)?.outcome == .passed, "the socket names its process")
    }

    @Test("sessions that never expire cannot be seen to expire")
    func never() async throws {
        let report = try await Bench.run([5], change: { $0.limits.expire = nil })
        let unknown = report.cases.last?.criteria.filter { $0.outcome == .notMeasurable } ?? []
        #expect(unknown.count == 3)
        #expect(unknown.allSatisfy { $0.detail == "the sessions of this server never expire" })
    }

    /// A way to break a replay, and the criterion that has to notice.
    struct Breakage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var criteria: [(case: Int, name: String)]
        var entriesRead: HookedStore.EntriesRead
    }

    private static let breakages = [
        Breakage(
            testDescription: "an entry is left out", criteria: [(1, "entries missing or sent twice")],
            entriesRead: { _, entries in
                guard entries.count > 4 else { return entries }
                var entries = entries
                entries.remove(at: entries.count / 2)
                return entries
            }),
        Breakage(
            testDescription: "a timestamp is another", criteria: [(1, "timestamps")],
            entriesRead: { _, entries in
                entries.map { entry in
                    var entry = entry
                    if entry.kind == "acp.user_message_chunk" { entry.timestamp += 1 }
                    return entry
                }
            }),
        Breakage(
            testDescription: "an entry comes twice", criteria: [(1, "entries missing or sent twice")],
            entriesRead: { _, entries in
                guard entries.count > 4 else { return entries }
                return Array(entries.prefix(3)) + entries[2...]
            }),
        Breakage(
            testDescription: "memory is lost",
            criteria: [(2, "memory variables"), (2, "user preferences"), (2, "replay equals the server's state")],
            entriesRead: { _, entries in
                entries.map { entry in
                    guard entry.kind == "memory" else { return entry }
                    return EncodedEntry(
                        Entry(seq: entry.seq, timestamp: entry.timestamp, body: .event(.note("lost"))))
                }
            }),
        Breakage(
            testDescription: "a tool's result is cut",
            criteria: [(2, "tool calls"), (2, "nested values of tool calls")],
            entriesRead: { _, entries in
                entries.map { entry in
                    guard case .update(.toolCallUpdate(var call))? = try? entry.decoded().body, call.rawOutput != nil
                    else { return entry }
                    call.rawOutput = ["cut": true]
                    return EncodedEntry(
                        Entry(seq: entry.seq, timestamp: entry.timestamp, body: .update(.toolCallUpdate(call))))
                }
            }),
        Breakage(
            testDescription: "a plan is a step behind", criteria: [(2, "workflow step"), (2, "pending steps")],
            entriesRead: { _, entries in
                entries.map { entry in
                    guard case .update(.plan(var plan))? = try? entry.decoded().body,
                        let step = plan.firstIndex(where: { $0.status == .inProgress }), step > 0
                    else { return entry }
                    plan[step].status = .pending
                    plan[step - 1].status = .inProgress
                    return EncodedEntry(
                        Entry(seq: entry.seq, timestamp: entry.timestamp, body: .update(.plan(plan))))
                }
            }),
        Breakage(
            testDescription: "an answer is another",
            criteria: [(1, "answers of the agent"), (1, "replay, entry for entry")],
            entriesRead: { _, entries in
                entries.map { entry in
                    guard case .update(.agentMessage(var chunk))? = try? entry.decoded().body else { return entry }
                    chunk.content = .text((chunk.content.text ?? "").uppercased())
                    return EncodedEntry(
                        Entry(seq: entry.seq, timestamp: entry.timestamp, body: .update(.agentMessage(chunk))))
                }
            }),
    ]

    @Test("a server that was broken on purpose fails where it is broken", arguments: breakages)
    func broken(_ breakage: Breakage) async throws {
        let report = try await Bench.run([1, 2, 3], breaking: breakage.entriesRead)
        #expect(!report.isPassed)
        for (number, name) in breakage.criteria {
            let found = report.cases[number - 1].criteria.first { $0.name == name }
            #expect(found?.outcome == .failed, "case \(number), \(name): \(String(describing: found))")
        }
        // Where it is whole it passes: the examination does not only cry.
        #expect(criterion("security blocks", of: report)?.outcome != .failed)
    }

    @Test("a server that forgets its policy fails case 5")
    func tooLong() async throws {
        // It says three seconds and keeps sessions for ever: its clock stands still.
        let clock = TestClock()
        let server = try await TestServer.start([FixedAgent { _ in [] }], clock: clock) {
            $0.limits = Limits(brief: .milliseconds(200), expire: .milliseconds(600))
        }
        let report = try await Examination(
            .init(endpoint: server.local, token: { nil }, directory: "/tmp", isQuick: true, cases: [2, 5]),
            on: MultiThreadedEventLoopGroup.singleton.next()
        ).run()
        await server.stop()
        #expect(criterion("extended: expired openly", of: report)?.outcome == .failed)
        #expect(criterion("extended: policy enforced", of: report)?.outcome == .failed)
        // And an agent without plan and memory does not pass the second case by having nothing to lose.
        #expect(report.cases[0].criteria.contains { $0.name == "memory variables" && $0.outcome == .failed })
        #expect(report.cases[0].criteria.contains { $0.name == "workflow step" && $0.outcome == .failed })
    }

    @Test("whoever is not let in, or finds nobody, hears it at once")
    func noServer() async throws {
        let server = try await TestServer.start([ScriptedAgent()])
        func failure(_ endpoint: Endpoint, _ token: String?) async -> DialError? {
            do {
                _ = try await Examination(
                    .init(endpoint: endpoint, token: { token }, directory: "/tmp", isQuick: true),
                    on: MultiThreadedEventLoopGroup.singleton.next()
                ).run()
                return nil
            } catch {
                return error as? DialError
            }
        }
        guard case .refused(let refusal)? = await failure(server.endpoint, "belay_guess") else {
            Issue.record("let in with a wrong token")
            return
        }
        #expect(refusal.reason == "token_unknown")
        await server.stop()
        guard case .unreachable? = await failure(server.endpoint, nil) else {
            Issue.record("a server that has ended was reached")
            return
        }
    }

    private func criterion(_ name: String, of report: Report) -> Report.Criterion? {
        report.cases.flatMap(\.criteria).first { $0.name == name }
    }
}
