import Client
import FaultProxy
import NIOCore
import Screen
import Server
import ServerKit
import Sync
import Synchronization
import TestKit
import Testing
import Wire

/// The link is cut at every frame of a recorded turn: at its end, one byte before and one behind, and everywhere in the
/// 101. Each time the mirror is the journal, and the screen is the one that was painted without a cut.
@Suite(.timeLimit(.minutes(5))) struct EveryFrameTests {
    private static let prompt = "hello"
    /// How many runs go on side by side; each has a server, a proxy and a folder of its own.
    private static let width = 8

    @Test func theLinkIsCutAtEveryFrameOfATurn() async throws {
        var truth = try await run(cutAt: nil)
        for _ in 0..<3 {
            // A name that is drawn can be a digit shorter than others, and then the frames end elsewhere: the turn
            // whose names have all their digits is the one that most are like.
            let other = try await run(cutAt: nil)
            if other.bytes.count > truth.bytes.count { truth = other }
        }
        let recording = try #require(Recording(truth.bytes))
        #expect(recording.frames.count >= 15, "a turn has more frames than these: \(recording.frames.count)")
        let began = ContinuousClock.now
        let outcomes = try await side(recording.cuts) { cut in
            var outcome = try await run(cutAt: cut)
            for _ in 0..<6 where outcome.bytes.count != cut || !recording.hasSameLayout(outcome.bytes) {
                outcome = try await run(cutAt: cut)
            }
            return outcome
        }
        for (cut, outcome) in outcomes {
            #expect(outcome.bytes.count == cut, "the first connection is cut there")
            #expect(recording.hasSameLayout(outcome.bytes), "cut at \(cut): other frames than the recorded ones")
            #expect(outcome.painted == truth.painted, "cut at \(cut): the screen that followed along")
            #expect(outcome.opened == truth.opened, "cut at \(cut): the screen that is opened on the copy")
        }
        print(
            "figure: the link was cut at \(outcomes.count) places of a turn of \(recording.frames.count) frames and"
                + " \(truth.bytes.count) bytes in \(ContinuousClock.now - began); mirror and screen equal each time"
        )
    }

    /// Does the same with each value, several side by side.
    private func side<Value: Sendable, Result: Sendable>(
        _ values: [Value], _ body: @escaping @Sendable (Value) async throws -> Result
    ) async throws -> [(Value, Result)] {
        try await withThrowingTaskGroup(of: (Value, Result).self) { group in
            var waiting = values[...]
            var results: [(Value, Result)] = []
            for value in waiting.prefix(EveryFrameTests.width) { group.addTask { (value, try await body(value)) } }
            waiting = waiting.dropFirst(EveryFrameTests.width)
            while let result = try await group.next() {
                results.append(result)
                if let value = waiting.popFirst() { group.addTask { (value, try await body(value)) } }
            }
            return results
        }
    }

    /// What a turn left.
    private struct Outcome: Sendable {
        /// What went to the client on the first connection.
        var bytes: [UInt8]
        /// The screen that was told everything as it happened.
        var painted: [String]
        /// The screen that is opened on the copy afterwards.
        var opened: [String]
    }

    /// Runs a chat against a server of its own: its first connection is then the server's first, whose number is in the
    /// 101.
    private func run(cutAt count: Int?) async throws -> Outcome {
        try await withServer([Script.worker]) {
            try await run($0, token: try $0.token(for: "alice").text, cutAt: count)
        }
    }

    private func run(_ server: TestServer, token: String, cutAt count: Int?) async throws -> Outcome {
        let tapped = Tapped()
        let plan = FaultPlan { ($0.bytesToClientMaximum, $0.cutsOnce) = (count, true) }
        let proxy = try await FaultProxy.start(
            upstream: .tcp(host: "127.0.0.1", port: server.daemon.port ?? 0), plan: plan,
            tap: { number, bytes in
                if number == 1 { tapped.take(bytes.readableBytesView) }
            })
        let chat = try await TestChat.start(at: proxy.endpoint, in: try TemporaryDirectory("chat"), token: token)
        try await chat.client.send(EveryFrameTests.prompt)
        let connections = count == nil ? 1 : 2
        let isCurrent = await eventually {
            // Names that are drawn a digit shorter make the turn end before the place of the cut: it is run again.
            if let count, tapped.isOver(before: count) { return true }
            guard await proxy.connections >= connections, chat.isLive, chat.outbox.isEmpty else { return false }
            guard await chat.hasEnded else { return false }
            return (try? await chat.mirrors(server)) ?? false
        }
        guard await proxy.connections >= connections || !isCurrent else {
            let bytes = tapped.bytes.withLock { $0 }
            await chat.client.quit()
            try await proxy.stop()
            return Outcome(bytes: bytes, painted: [], opened: [])
        }
        #expect(isCurrent, "cut at \(count.map { "\($0)" } ?? "no byte"): \(String(describing: chat.status))")
        #expect(try await chat.mirrors(server))
        #expect(await proxy.connections == connections)
        if count == nil { #expect(await eventually { tapped.answerEnd != nil }, "the prompt is answered last") }
        let bytes = tapped.bytes.withLock { $0 }
        let outcome = Outcome(
            // Answers to pings may follow, in some runs and not in others.
            bytes: Array(bytes.prefix(tapped.answerEnd ?? bytes.count)), painted: try await Painted.following(chat),
            opened: try await Painted.opening(chat))
        await chat.client.quit()
        try await proxy.stop()
        return outcome
    }

    private final class Tapped: Sendable {
        let bytes = Mutex<[UInt8]>([])

        func take(_ more: some Sequence<UInt8>) { bytes.withLock { $0 += more } }

        /// Whether the prompt was answered, as it is last, before the place of the cut.
        func isOver(before count: Int) -> Bool { (answerEnd ?? .max) < count }

        /// The number of bytes up to the end of the answer to the prompt; `nil` until all of it has come.
        var answerEnd: Int? { Recording(bytes.withLock { $0 })?.answerEnd }
    }
}

/// Where the frames of a recorded connection end.
private struct Recording {
    /// The number of bytes up to the end of the 101.
    let upgrade: Int
    /// The number of bytes up to the end of each frame.
    let frames: [Int]
    /// The number of bytes up to the end of the frame that answers the prompt; `nil` when there is none.
    let answerEnd: Int?

    /// Finds the ends; `nil` when the bytes do not begin with a whole answer to an upgrade request.
    init?(_ bytes: [UInt8]) {
        guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        upgrade = head.upperBound
        var (ends, answer) = ([Int](), Int?.none)
        var place = head.upperBound
        while let frame = Recording.frame(bytes[place...]), place + frame.length <= bytes.count {
            let text = String(decoding: bytes[(place + frame.header)..<(place + frame.length)], as: UTF8.self)
            place += frame.length
            ends.append(place)
            // The entry of the turn's end has a reason as well; only the answer has a result.
            if answer == nil, (try? JSON(parsing: text))?["result"]?["stopReason"] != nil { answer = place }
        }
        (frames, answerEnd) = (ends, answer)
    }

    /// The lengths of the frame that begins here and of its header; a server does not mask (RFC 6455 §5.2).
    private static func frame(_ bytes: ArraySlice<UInt8>) -> (header: Int, length: Int)? {
        let head = Array(bytes.prefix(10))
        guard head.count >= 2 else { return nil }
        switch head[1] & 0x7F {
        case 126: return head.count >= 4 ? (4, 4 + Int(head[2]) << 8 + Int(head[3])) : nil
        case 127: return head.count == 10 ? (10, 10 + head[2...].reduce(0) { $0 << 8 + Int($1) }) : nil
        case let length: return (2, 2 + Int(length))
        }
    }

    /// Every place to cut at: all through the 101, and around the end of each frame.
    var cuts: [Int] {
        let around = frames.flatMap { [$0 - 1, $0, $0 + 1] }.filter { $0 <= frames.last ?? 0 }
        return Set(Array(stride(from: 1, through: upgrade, by: 7)) + [upgrade] + around).sorted()
    }

    /// Whether the bytes of a run that was cut have their frames where the recording has them.
    func hasSameLayout(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= upgrade else { return true }
        guard let other = Recording(bytes), other.upgrade == upgrade else { return false }
        return other.frames == frames.filter { $0 <= bytes.count }
    }
}

/// The screen as text, at a fixed time.
private enum Painted {
    private static let now = Instant(nanoseconds: 1_000_000_000_000)

    /// A screen that is told what a chat tells, in order.
    static func following(_ chat: TestChat) async throws -> [String] {
        let session = await chat.client.session
        let page = try chat.store.page(of: session)
        var intents: [Intent] = []
        for event in chat.events {
            switch event {
            case .status(let status): intents.append(.connection(shown(status)))
            case .entries(let entries): intents.append(.entries(entries))
            case .replaced: intents.append(.replaced(page.entries, hasMore: page.hasMore))
            case .outbox(let items): intents.append(.outbox(items))
            default: break
            }
        }
        return screen(intents)
    }

    /// A screen that is opened on the copy.
    static func opening(_ chat: TestChat) async throws -> [String] {
        let session = await chat.client.session
        let store = session.map { chat.store.moved(to: $0) } ?? chat.store
        let page = try store.page()
        let facts = try store.facts()
        return screen([
            .replaced(page.entries, hasMore: page.hasMore),
            .state(plan: facts.plan, turn: facts.turn, questions: facts.requests),
            .connection(ConnectionStatus(state: .live)),
        ])
    }

    /// The state without what it measured.
    private static func shown(_ status: ConnectionStatus) -> ConnectionStatus {
        ConnectionStatus(state: status.state, lastFailure: status.lastFailure)
    }

    private static func screen(_ intents: [Intent]) -> [String] {
        guard let theme = try? Theme([:]) else { return ["no theme"] }
        var model = Model(theme: theme, glyphs: .unicode, size: Size(columns: 80, rows: 40))
        let wall = TestClock().timestamp
        let opened = Intent.opened(title: "chat", folder: "/tmp", agent: "fixed")
        for intent in [opened] + intents { _ = update(&model, intent, now: now, wallClock: wall) }
        return view(model, now: now, wallClock: wall).rows.map { row in
            var text = row.map(\.text).joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }
}
