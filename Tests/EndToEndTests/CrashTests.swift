import FailPoints
import Foundation
import Ledger
import ProgramKit
import TestKit
import Testing
import Wire

/// `kill -9` at every numbered fail point, of either program, while a turn is asked for, answered or fetched again. The
/// answer comes once and whole, both sides have the same, and nothing is left running.
@Suite("Crashes at every fail point", .serialized)
struct CrashTests {
    private static let question = "How does the retry policy choose its delay?"
    /// Homes that are tried at once: a run waits for its disk and its server more than it computes.
    private static let width = 4

    /// A point, the time at which it kills, and what is done there.
    struct Cell: Hashable, Sendable, CustomStringConvertible {
        enum Scene: Hashable, Sendable {
            /// A question in a new chat.
            case question
            /// A second question in a chat whose copy was lost, so that everything is replayed first.
            case replay
            /// A second question in a chat that has expired.
            case expired
            /// A second question in a fork of the chat.
            case fork
        }

        var point: FailPointName
        var time: Int
        var scene: Scene

        init(_ point: FailPointName, _ time: Int = 1, _ scene: Scene = .question) {
            (self.point, self.time, self.scene) = (point, time, scene)
        }

        var description: String { "\(point.rawValue)@\(time)" }
    }

    static let serverCells: [Cell] =
        [Cell(.createBegins), Cell(.created), Cell(.createBegins, 1, .fork), Cell(.created, 1, .fork)]
        + [FailPointName.commitBegins, .committed, .delivery].flatMap { point in (1...4).map { Cell(point, $0) } }
        + [
            Cell(.answer), Cell(.replay, 1, .replay), Cell(.fence), Cell(.fence, 1, .replay),
            Cell(.expiry, 1, .expired),
            Cell(.step1), Cell(.step2), Cell(.step3), Cell(.step4), Cell(.passage), Cell(.passage, 2), Cell(.step5),
            Cell(.chunk), Cell(.chunk, 2),
        ]

    static let clientCells: [Cell] =
        [Cell(.opened), Cell(.queued), Cell(.sent)]
        + [FailPointName.storeBegins, .storeBetween, .storeRemoves, .stored].flatMap { point in
            (1...5).map { Cell(point, $0) }
        }

    @Test("every point has its cell")
    func everyPoint() {
        #expect(Set((Self.serverCells + Self.clientCells).map(\.point)) == Set(FailPointName.allCases))
    }

    @Test("the server dies, is started again, and the answer comes once and whole")
    func serverDies() async throws {
        let expected = try await undisturbed()
        try await forEach(Self.serverCells) { cell in
            let home = try Home()
            if cell.scene != .question { try await Self.prepare(home, cell) }
            let gate = Self.gate(in: home)
            let setting = ["BELAY_FAILPOINT": "\(cell.point.rawValue)=crash:\(gate)@\(cell.time)"]
            let arguments =
                switch cell.scene {
                case .question: [Self.question]
                case .replay, .expired: ["-c", Self.question]
                case .fork: ["-c", "--fork", Self.question]
                }
            let outcome = try await home.run(
                "belay", ["--batch", "--timeout", "60s"] + arguments, environment: setting)
            #expect(outcome.status == 0, "\(cell): \(outcome.errors)")
            // On a busy machine what the agent says comes together, and the later commits do not take place.
            let wasReached = !FileManager.default.fileExists(atPath: gate)
            #expect(wasReached || cell.time > 2, "\(cell): the point was not reached")
            #expect(outcome.output == expected, "\(cell)")
            let records = try #require(try Records(home), "\(cell)")
            #expect(records.problems == [], "\(cell)")
            let hasEarlier = cell.scene == .replay || cell.scene == .fork
            #expect(records.prompts.count == (hasEarlier ? 2 : 1), "\(cell)")
            if cell.scene == .fork {
                #expect(try Records.sessions(of: home).count == 2, "\(cell): one fork, however often it was asked for")
            }
            // What the client says of each loss and each return, as its users read it.
            return outcome.errors.split(separator: "\n").first { $0.contains("resumed after") }.map {
                "it says '\($0)'"
            }
        }
    }

    @Test("the client dies, is started again, and nothing is lost or twice")
    func clientDies() async throws {
        try await forEach(Self.clientCells) { cell in
            let home = try Home()
            let gate = Self.gate(in: home)
            let setting = ["BELAY_FAILPOINT": "\(cell.point.rawValue)=crash:\(gate)@\(cell.time)"]
            let first = try await home.run("belay", ["--batch", Self.question], environment: setting)
            // On a busy machine entries come together, and the later stores do not take place.
            let wasReached = !FileManager.default.fileExists(atPath: gate)
            #expect(wasReached || cell.time > 2, "\(cell): the point was not reached")
            #expect(first.status == (wasReached ? 128 + SIGKILL : 0), "\(cell): \(first.errors)")
            let waiting = try Records.outbox(of: home)
            // Once it was sent, its echo may be on the disk before the point is reached.
            let mayBeEchoed = cell.time > 1 || cell.point == .opened || cell.point == .sent
            #expect(!waiting.isEmpty || mayBeEchoed, "\(cell): the question is on the disk")

            let second = try await home.batch("--timeout", "60s", "-c", "thanks")
            #expect(second.status == 0, "\(cell): \(second.errors)")
            let records = try #require(try Records(home), "\(cell)")
            #expect(records.problems == [], "\(cell)")
            #expect(Set(waiting).isSubset(of: records.prompts), "\(cell)")
            #expect(records.prompts.count == 2, "\(cell)")
            return wasReached ? nil : "there was no such store"
        }
    }

    /// What the same question is answered when nothing happens.
    private func undisturbed() async throws -> String {
        let outcome = try await Home().batch(Self.question)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.output.isEmpty)
        return outcome.output
    }

    /// A file that lets one process die.
    private static func gate(in home: Home) -> String {
        let path = home.directory.path("gate")
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        return path
    }

    /// A chat with a question answered, whose copy is lost or whose time has run out, and no server.
    private static func prepare(_ home: Home, _ cell: Cell) async throws {
        if cell.scene == .expired { return try await home.leaveUntilExpired("What is a cart?") }
        let outcome = try await home.batch("What is a cart?")
        #expect(outcome.status == 0, "\(cell): \(outcome.errors)")
        for process in home.serverProcesses() { kill(process, SIGKILL) }
        #expect(await eventually { home.serverProcesses().isEmpty })
        guard cell.scene == .replay else { return }
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: home.directory.path("state/belay/mirror.db" + suffix))
        }
    }

    /// Tries the cells, some at once, and says how long each took.
    private func forEach(_ cells: [Cell], _ body: @escaping @Sendable (Cell) async throws -> String?) async throws {
        let clock = ContinuousClock()
        let begun = clock.now
        try await withThrowingTaskGroup(of: (Cell, String?, Duration).self) { group in
            var waiting = cells[...]
            func next() {
                guard let cell = waiting.popFirst() else { return }
                group.addTask {
                    let begun = clock.now
                    return (cell, try await body(cell), clock.now - begun)
                }
            }
            for _ in 0..<Self.width { next() }
            while let (cell, words, took) = try await group.next() {
                let words = words.map { "; \($0)" } ?? ""
                print("figure: crash at \(cell.point.number) \(cell): made good after \(Self.text(took))\(words)")
                next()
            }
        }
        print("figure: \(cells.count) crashes in \(Self.text(clock.now - begun))")
    }

    private static func text(_ duration: Duration) -> String {
        String(format: "%.2f s", Double(duration.nanoseconds) / 1e9)
    }
}
