import Sync
import Testing
import Wire

@testable import Screen

/// How much is laid out for an event, however long the history is: every line that is laid out is marked, and what has
/// been laid out again since has lost its mark.
@Suite struct LayoutCountTests {
    private static let lengths = [100, 1_000, 3_000]
    private static let chunk = "A sentence of an answer that is being written, chunk by chunk. "

    @Test func aChunkLaysOutItsOwnBlockAlone() {
        let costs = Self.lengths.map { length -> [LaidOut] in
            var screen = Fixture(history: length)
            return (1...40).map { number in
                screen.markLayouts()
                screen.arrive(.agent(number % 5 == 0 ? Self.chunk + "\n\n" : Self.chunk, "streaming"))
                return screen.laidOut
            }
        }
        #expect(costs.allSatisfy { $0 == costs[0] }, "the same behind \(Self.lengths) messages")
        // The first one also ends the message above.
        #expect(costs[0].dropFirst().allSatisfy { $0.blocks == 1 && $0.lines <= 14 }, "\(costs[0])")
        #expect(costs[0][20..<30] == costs[0][30..<40], "and of the message")
        print("figure: laid out for a chunk: \(LaidOut.most(costs[0])), whatever the length")
    }

    @Test(arguments: [Size(columns: 80, rows: 24), Size(columns: 140, rows: 40)])
    func aPageLaysOutWhatComesNearTheView(size: Size) {
        let costs = Self.lengths.map { length -> [LaidOut] in
            var screen = Fixture(columns: size.columns, rows: size.rows, history: length)
            return (0..<12).map { number in
                screen.markLayouts()
                screen.press(number < 6 ? .pageUp : .pageDown)
                return screen.laidOut
            }
        }
        #expect(costs.allSatisfy { $0 == costs[0] }, "the same in \(Self.lengths) messages")
        #expect(costs[0].allSatisfy { $0.lines <= size.rows + 4 }, "\(costs[0])")
        #expect(costs[0].suffix(5).allSatisfy { $0.lines == 0 }, "what was just read is still there")
        print("figure: laid out for a page at \(size.columns)x\(size.rows): \(LaidOut.most(costs[0]))")
    }

    @Test func whatChangesElsewhereLaysOutNothing() {
        var screen = Fixture(history: 1_000)
        screen.press(.pageUp)
        screen.markLayouts()
        screen.send(.tick)
        screen.type("typing")
        screen.send(.connection(ConnectionStatus(state: .live, roundTrip: .milliseconds(50))))
        #expect(screen.laidOut == LaidOut())
        #expect(screen.unmarkedRows == 0, "nor does the view")
    }

    @Test func theViewShowsWhatIsLaidOut() {
        var screen = Fixture(history: 1_000)
        for key in [Key.pageUp, .pageUp, .pageDown, .home, .pageDown, .end] {
            screen.press(key)
            screen.markLayouts()
            #expect(screen.unmarkedRows == 0, "\(key)")
        }
    }

    /// Messages of a screen each, so that the bound is one of lines and not of blocks.
    @Test func theLinesKeptAreBounded() {
        var screen = Fixture()
        let text = (1...20).map { "line \($0)" }.joined(separator: "\n")
        screen.send(
            .replaced((1...400).map { screen.entry(.agent(text, MessageID("\($0)"))) }, hasMore: false))
        for _ in 0..<400 { screen.press(.pageUp) }
        let layouts = screen.model.transcript.layouts
        #expect(layouts.lines <= LayoutCache.linesMaximum + 60)
        #expect(layouts.count > 3)
    }
}

/// The blocks and lines that were laid out.
private struct LaidOut: Equatable, CustomStringConvertible {
    var blocks = 0
    var lines = 0

    var description: String { "\(lines) lines of \(blocks) blocks" }

    static func most(_ counts: [LaidOut]) -> LaidOut {
        counts.max { ($0.lines, $0.blocks) < ($1.lines, $1.blocks) } ?? LaidOut()
    }
}

extension Fixture {
    private static let mark: Line = {
        var line = Line()
        line.add("⚑", .plain)
        return line
    }()

    /// A screen with so many messages.
    fileprivate init(columns: Int = 80, rows: Int = 24, history length: Int) {
        self.init(columns: columns, rows: rows)
        // The last ones are the same, whatever the length.
        let entries = (1...length).map { number in
            entry(.agent("Message \(length - number).\n\nIt has two paragraphs.", MessageID("\(number)")))
        }
        send(.replaced(entries, hasMore: false))
    }

    fileprivate mutating func markLayouts() {
        for id in ids {
            guard var layout = model.transcript.layouts[id] else { continue }
            layout.lines = layout.lines.map { _ in Self.mark }
            model.transcript.layouts[id] = layout
        }
    }

    private var ids: Range<Int> {
        model.transcript.firstID..<model.transcript.firstID + model.transcript.blocks.count
    }

    /// What was laid out since the lines were marked.
    fileprivate var laidOut: LaidOut {
        ids.reduce(into: LaidOut()) { count, id in
            let lines = model.transcript.layouts[id]?.lines.count { $0 != Self.mark } ?? 0
            count.blocks += lines > 0 ? 1 : 0
            count.lines += lines
        }
    }

    /// The rows of the transcript that the view has laid out itself.
    fileprivate var unmarkedRows: Int {
        let painter = model.painter(now: now, wallClock: wallClock)
        return model.transcriptRows(height: model.regions.transcript.count, painter: painter)
            .count { $0 != Self.mark }
    }
}
