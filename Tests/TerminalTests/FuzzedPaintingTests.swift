import ScreenKit
import TestKit
import Testing

@testable import Screen
@testable import Terminal

extension OnATerminal {
    /// Random texts at random sizes, painted frame by frame through ncurses and read back from a terminal: every cell
    /// is what the frame says.
    @Suite struct FuzzedPainting {
        /// A kind of terminal.
        struct Kind {
            var environment: [String: String]
            /// Whether its colours, attributes and links are compared; older ones have fewer.
            var hasStyles = false
            /// Whether it fills the last cell without moving others.
            var fillsCorner = true
        }

        static let kinds: [Kind] = [
            Kind(environment: ["TERM": "xterm-256color", "COLORTERM": "truecolor"], hasStyles: true),
            Kind(environment: ["TERM": "xterm-256color"], hasStyles: true),
            Kind(environment: ["TERM": "xterm-256color", "NO_COLOR": "1"]),
            Kind(environment: ["TERM": "tmux-256color"], hasStyles: true, fillsCorner: false),
            Kind(environment: ["TERM": "screen-256color"], fillsCorner: false),
            Kind(environment: ["TERM": "linux"]), Kind(environment: ["TERM": "vt100"]),
        ]

        @Test(arguments: kinds.indices)
        func everyCellIsWhatTheFrameSays(of index: Int) throws {
            var generator = SplitMix64(seed: TestSeed.current.rawValue &+ UInt64(index))
            for _ in 0..<4 {
                var run = try Run(FuzzedPainting.kinds[index], generator: generator.split())
                for step in 0..<30 {
                    guard try run.step(step) else { return }
                }
            }
        }

        @Test(arguments: [(1, 1), (2, 1), (1, 5), (1, 100), (300, 1), (300, 100), (3, 2), (20, 5), (21, 6)])
        func atTheEdgesOfTheSizes(columns: Int, rows: Int) throws {
            var generator = SplitMix64(seed: TestSeed.current.rawValue &+ UInt64(columns * 1000 + rows))
            let size = Size(columns: columns, rows: rows)
            for kind in FuzzedPainting.kinds {
                var run = try Run(kind, generator: generator.split(), size: size)
                for step in 0..<12 {
                    guard try run.step(step, resizes: false) else { break }
                }
            }
        }

        /// One chat on one terminal.
        private struct Run {
            let pseudo: PseudoTerminal
            let terminal: Terminal
            let kind: Kind
            var reference: ReferenceTerminal
            var story: Story
            var generator: SplitMix64
            var frame = Frame([], cursor: nil)

            init(_ kind: Kind, generator: SplitMix64, size: Size? = nil) throws {
                var generator = generator
                let size = size ?? FuzzedPainting.size(using: &generator)
                pseudo = try PseudoTerminal(columns: size.columns, rows: size.rows)
                terminal = try pseudo.open(environment: kind.environment)
                self.kind = kind
                reference = ReferenceTerminal(size)
                let theme = try Theme(FuzzedPainting.theme(using: &generator))
                story = Story(Model(theme: theme, glyphs: .unicode, size: size), generator: generator.split())
                self.generator = generator
                story.send(.opened(title: "fuzz", folder: "~", agent: "agent"))
            }

            /// Paints one more frame.
            ///
            /// - Returns: Whether the terminal shows it.
            mutating func step(_ step: Int, resizes: Bool = true) throws -> Bool {
                if resizes, generator.oneIn(12) { resize() }
                if generator.oneIn(15) { terminal.redraw() }
                frame = next()
                terminal.paint(frame)
                // More than the kernel has room for is taken in several times.
                var bytes: [UInt8] = []
                while terminal.isWaitingForRoom {
                    bytes += pseudo.readAvailable()
                    terminal.flush()
                }
                bytes += try pseudo.rest()
                let shown = String(decoding: bytes, as: UTF8.self)
                reference.feed(shown)
                let place = "step \(step) at \(terminal.size): \(TestSeed.current), of \(shown.visible.suffix(2_000))"
                let picture = FramePicture(frame, links: kind.hasStyles, corner: kind.fillsCorner)
                if let difference = picture.difference(to: reference, depth: kind.hasStyles ? terminal.colorDepth : nil)
                {
                    Issue.record("\(difference); \(place)")
                    return false
                }
                if let caret = frame.cursor, reference.cursor != caret || !reference.isCursorVisible {
                    Issue.record("the caret is at \(reference.cursor) instead of \(caret); \(place)")
                    return false
                }
                #expect(reference.complaints.isEmpty, "\(reference.complaints.prefix(5)); \(place)")
                return reference.complaints.isEmpty
            }

            private mutating func resize() {
                let size = FuzzedPainting.size(using: &generator)
                pseudo.resize(columns: size.columns, rows: size.rows)
                guard terminal.resize() != nil else { return }
                reference = ReferenceTerminal(size)
                story.send(.resized(size))
            }

            /// Mostly the chat's next frame; else any rows, or those that are shown, moved or with a changed piece.
            private mutating func next() -> Frame {
                let size = terminal.size
                switch Int.random(in: 0..<10, using: &generator) {
                case 0:
                    let rows = (0..<size.rows).map { _ in FuzzedPainting.row(size.columns, using: &generator) }
                    return Frame(size: size, rows: rows, cursor: nil)
                case 1 where frame.size == size:
                    let shift = Int.random(in: 1...size.rows, using: &generator)
                    let fill = (0..<shift).map { _ in FuzzedPainting.row(size.columns, using: &generator) }
                    let rows = Array(generator.oneIn(2) ? frame.rows.dropFirst(shift) + fill : fill + frame.rows)
                    return Frame(size: size, rows: Array(rows.prefix(size.rows)), cursor: frame.cursor)
                case 2 where frame.size == size:
                    var changed = frame
                    let row = Int.random(in: 0..<size.rows, using: &generator)
                    if row < changed.rows.count { changed.rows[row].reverse() }
                    return FuzzedPainting.legible(changed)
                default:
                    for _ in 0...Int.random(in: 0...2, using: &generator) { story.step(resizes: false) }
                    return story.frame
                }
            }
        }
    }
}

extension OnATerminal.FuzzedPainting {
    /// Mostly of a usual kind.
    fileprivate static func size(using generator: inout SplitMix64) -> Size {
        let most = [(300, 100), (80, 24), (40, 12), (20, 5)].pick(using: &generator)
        return Size(
            columns: Int.random(in: 1...most.0, using: &generator), rows: Int.random(in: 1...most.1, using: &generator))
    }

    /// A theme with colours and attributes at random.
    fileprivate static func theme(using generator: inout SplitMix64) -> ThemeTable {
        var roles: ThemeTable = [:]
        for role in Role.allCases where generator.oneIn(2) {
            let colors = (0..<2).map { _ in
                "#" + (0..<6).map { _ in "\("0369cf".randomElement(using: &generator) ?? "0")" }.joined()
            }
            let attribute = ["", " +bold", " +dim", " +italic", " +underline", " +reverse", " +strike"]
                .pick(using: &generator)
            roles[role.rawValue] = .string("\(colors[0]) on \(colors[1])\(attribute)")
        }
        return ["schema": .integer(1), "name": .string("fuzz"), "roles": .table(roles)]
    }

    /// A row of spans that may be wider than the screen, with links.
    fileprivate static func row(_ columns: Int, using generator: inout SplitMix64) -> [Span] {
        var spans: [Span] = []
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let text = String.hostile(length: Int.random(in: 1...20, using: &generator), using: &generator)
            let style = Style(
                foreground: color(using: &generator), background: color(using: &generator),
                attributes: Attributes(rawValue: UInt8.random(in: 0..<64, using: &generator)))
            let link = generator.oneIn(4) ? "https://example.com/\(Int.random(in: 0..<9, using: &generator))" : nil
            spans.append(Span(text.paintedLine, style, link: link))
        }
        return legible(Frame(size: Size(columns: columns, rows: 1), rows: [spans], cursor: nil)).rows[0]
    }

    private static func color(using generator: inout SplitMix64) -> Color {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: .default
        case 1: .palette(UInt8.random(in: 0..<16, using: &generator))
        case 2: .palette(UInt8.random(in: 16..<40, using: &generator))
        default: .rgb(red: UInt8.random(in: 0..<4, using: &generator) * 80, green: 7, blue: 200)
        }
    }

    /// The frame as ``view(_:now:wallClock:)`` makes one: no span begins with a mark, is empty, or goes over the edge.
    fileprivate static func legible(_ frame: Frame) -> Frame {
        var frame = frame
        for row in frame.rows.indices {
            var left = frame.size.columns
            frame.rows[row] = frame.rows[row].filter { span in
                left -= span.text.columns
                return left >= 0 && span.text.unicodeScalars.first.map { columns(of: $0) > 0 } ?? false
            }
        }
        return frame
    }
}
