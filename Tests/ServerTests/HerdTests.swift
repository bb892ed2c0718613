import Agents
import Foundation
import Journal
import JournalKit
import Ledger
import NIOCore
import NIOPosix
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// Tests that take the whole machine, one after the other; `.ci/test` runs them by themselves.
@Suite(.serialized) enum Crowds {}

extension Crowds {
    /// Everybody at once, as after a server was away.
    @Suite(.serialized) struct HerdTests {
        private static let users = 20

        /// A connection has two ends here, and each is an open file.
        static let hasEnoughFiles: Bool = {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            return limit.rlim_cur >= 4_096
        }()

        /// What a session holds: clients have the first half and lack the second.
        private static func entries() -> [Entry] {
            let name: MessageID = "answer"
            return (1...40).map { seq in
                let chunk = ContentChunk(messageID: name, content: .text("word \(seq) "))
                return Entry(
                    seq: Seq(seq), timestamp: 1_000 + Timestamp(seq),
                    body: seq % 10 == 1 ? .event(.memory(key: "m\(seq)", value: "v")) : .update(.agentMessage(chunk)))
            }
        }

        /// Fills a data folder with a session for each client.
        ///
        /// - Returns: A token for each user.
        private static func fill(_ folder: TemporaryDirectory, clients: Int, at now: Timestamp) throws -> [String] {
            let store = try SQLiteJournal(folder: folder.path)
            let encoded = entries().map { EncodedEntry($0) }
            var commits: [Commit] = []
            for number in 0..<clients {
                let session = SessionID("s\(number)")
                _ = try store.create(
                    SessionRecord(
                        id: session, epoch: "e", principal: Principal("user\(number % users)"), directory: "/usr",
                        agent: "scripted", createdAt: now))
                commits.append(Commit(session: session, entries: encoded, prompts: []))
            }
            try store.commit(commits)
            return try (0..<users).map { number in
                let (token, record) = Tokens.make(for: Principal("user\(number)"), lifetime: nil, now: now)
                try store.add(record)
                return token
            }
        }

        private struct Came: Sendable {
            var channel: any Channel
            var frames: [ByteBuffer]
            var duration: Duration
            var refusals: Int
            var failures: Int
        }

        /// Comes back as often as it is sent away, after the delay that it is told, and after the product's own when
        /// the machine is too busy to answer at all (`protocol.md` §10).
        private static func come(_ attachment: Returning.Attachment) async throws -> Came {
            let clock = ContinuousClock()
            let begun = clock.now
            var (refusals, failures) = (0, 0)
            while true {
                do {
                    let (channel, frames) = try await Rush.arrive(
                        attachment, on: MultiThreadedEventLoopGroup.singleton.next())
                    return Came(
                        channel: channel, frames: frames, duration: clock.now - begun, refusals: refusals,
                        failures: failures)
                } catch let error as Rush.Failed where error.answer.hasPrefix("HTTP/1.1 503 ") {
                    refusals += 1
                    try await Task.sleep(for: .milliseconds(try #require(delay(in: error.answer))))
                } catch let error as Rush.Failed where error.answer.isEmpty {
                    failures += 1
                    try #require(failures < 20, "never answered")
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...min(8_000, 250 << failures))))
                }
            }
        }

        /// The delay that a refusal tells, when its two ways to say it agree.
        private static func delay(in answer: String) -> Int64? {
            guard let end = answer.firstRange(of: "\r\n\r\n"),
                let json = try? JSON(parsing: ByteBuffer(string: String(answer[end.upperBound...]))),
                let refusal = Refusal(status: 503, json: json), refusal.reason == "busy",
                let delay = refusal.retryAfter,
                answer.contains("Retry-After: \((delay + 999) / 1_000)\r\n")
            else { return nil }
            return delay
        }

        private static func isWhole(_ came: Came, held: [Entry], all: [Entry]) throws -> Bool {
            let entries = try came.frames.entries()
            var cursor = Seq(held.count)
            let isDense = entries.allSatisfy { entry in
                defer { cursor = entry.seq }
                return Admission(cursor: cursor, from: entry.from, seq: entry.seq) == .apply
            }
            let whole = held + entries
            return isDense && cursor == Seq(all.count) && SessionState(folding: whole) == SessionState(folding: all)
                && HistoryMessage.messages(in: whole) == HistoryMessage.messages(in: all)
        }

        @Test(
            "clients at once, each 20 entries behind", .enabled(if: hasEnoughFiles),
            arguments: [(clients: 1_000, attaching: 256), (clients: 200, attaching: 4)])
        func allAtOnce(clients: Int, attaching: Int) async throws {
            let folder = try TemporaryDirectory("belayd")
            let clock = TestClock()
            let tokens = try Self.fill(folder, clients: clients, at: clock.timestamp)
            let server = try await TestServer.start([ScriptedAgent()], in: folder, clock: clock) {
                $0.attachingMaximum = attaching
            }
            let all = Self.entries()
            let held = Array(all.prefix(20))
            let processors = Figure.processorTime
            let came = try await withThrowingTaskGroup(of: Came.self) { group in
                for number in 0..<clients {
                    let attachment = Returning.Attachment(
                        endpoint: server.endpoint, token: tokens[number % Self.users], client: ClientID("c\(number)"),
                        session: SessionID("s\(number)"), position: Position(epoch: "e", seq: Seq(held.count)))
                    group.addTask { try await Self.come(attachment) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let worked = (Figure.processorTime - processors) / clients
            #expect(came.count == clients)
            for client in came { #expect(try Self.isWhole(client, held: held, all: all)) }
            let durations = came.map(\.duration).sorted()
            let refusals = came.reduce(0) { $0 + $1.refusals }
            #expect(refusals == 0, "at the assumed rate, a thousand wait for no longer than clients do")
            Figure.line(
                "\(clients) clients at once, 20 entries behind, \(attaching) attaches at a time",
                "all caught up; p50 \(Figure.milliseconds(durations[durations.count / 2])), "
                    + "p99 \(Figure.milliseconds(durations[durations.count * 99 / 100])), "
                    + "processors \(Figure.milliseconds(worked)) each, sent away \(refusals) times, not answered in time \(came.reduce(0) { $0 + $1.failures }) times"
            )
            let counters = await server.daemon.server.counters
            #expect(counters.attaching == 0)
            #expect(counters.connections == clients)
            for client in came { try await client.channel.close() }
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            await server.stop()
        }
    }
}
