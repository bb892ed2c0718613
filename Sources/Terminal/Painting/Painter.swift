import CTerminal
import Screen

/// Turns frames into bytes: draws all rows into ncurses, and collects the difference that it computes.
///
/// Every frame is drawn completely, and no changes are tracked here: ncurses compares cells faster than we could track
/// them, uses scroll regions, and sends about fifty bytes for a line of text.
struct Painter {
    private let screen: OpaquePointer
    private var inks: Inks
    private var scratch: [wchar_t] = []
    private let translates: Bool
    /// How wide the terminal draws what terminals disagree about.
    var widths = WidthProfile()
    /// Whether frames are sent as synchronized updates.
    var synchronizes = true

    private var links: LinkPainter
    /// Whether the terminal can be told not to wrap. Where it cannot, as with tmux, ncurses fills the last cell of the
    /// screen by writing it a cell earlier and inserting one before it, which tears a wide character there apart. In a
    /// single column there is no cell earlier, and that cell stays blank.
    private let fillsCorner: Bool

    /// Begins and ends a synchronized update (DEC mode 2026), so that the terminal shows the frame at once. Terminals
    /// without it ignore it.
    static let begin = Array("\u{1B}[?2026h".utf8)
    /// Ends a synchronized update.
    static let end = Array("\u{1B}[?2026l".utf8)

    /// Opens a screen for the first candidate that terminfo knows; ``close()`` closes it.
    init(type: TerminalType) throws(TerminalError) {
        guard let screen = type.candidates.lazy.compactMap({ terminal_screen_open($0) }).first else {
            throw .unknown(tried: type.candidates)
        }
        self.screen = screen
        inks = Inks(type: type)
        translates = inks.needsTranslation
        fillsCorner = terminal_screen_capability("rmam") != nil
        links = LinkPainter(isUsed: type.showsLinks, depth: inks.depth)
    }

    /// The colours that the terminal has.
    var depth: ColorDepth { inks.depth }

    /// Closes the ncurses screen and frees its memory.
    func close() { terminal_screen_close(screen) }

    /// The bytes that make the terminal show a frame; empty when it already does.
    mutating func paint(_ wanted: Frame, on size: Size) -> [UInt8] {
        let frame = withStandIns(wanted, on: size)
        terminal_screen_erase()
        for (row, spans) in frame.rows.prefix(size.rows).enumerated() where !spans.isEmpty {
            terminal_screen_move(Int32(row), 0)
            draw(spans, columnsMaximum: size.columns)
        }
        if let caret = frame.cursor {
            // A cursor outside of the screen is clamped to the edge.
            terminal_screen_refresh(
                true, Int32(min(max(caret.row, 0), size.rows - 1)),
                Int32(min(max(caret.column, 0), size.columns - 1)))
        } else {
            terminal_screen_refresh(false, 0, 0)
        }
        let drawn = collect()
        // Rows that move take their links along, and what is written over them has none, also where the text is the same.
        if drawn.movesRows { links.forget() }
        let bytes = drawn + links.paint(frame, on: size)
        return bytes.isEmpty || !synchronizes ? bytes : Self.begin + bytes + Self.end
    }

    /// The bytes that ncurses has ready, such as those that enter the alternate screen.
    func collect() -> [UInt8] {
        let count = terminal_screen_ready(screen)
        guard count > 0 else { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            terminal_screen_collect(screen, start, count)
            initialized = count
        }
        return translates ? inks.translator.translate(bytes) : bytes
    }

    /// The bytes that leave the alternate screen. The next frame enters it again and repaints everything.
    func leave() -> [UInt8] {
        terminal_screen_leave()
        return collect()
    }

    /// Tells ncurses the size of the terminal.
    mutating func resize(to size: Size) {
        links.forget()
        terminal_screen_resize(Int32(size.rows), Int32(size.columns))
    }

    /// Makes the next frame repaint everything, whatever ncurses believes the terminal shows.
    mutating func repaint() {
        inks.forget()
        links.forget()
        terminal_screen_repaint()
    }

    /// Draws a row and truncates it to the width: ncurses would continue on the next row.
    ///
    /// A mark belongs to the character before it, also when that is in another span.
    private mutating func draw(_ spans: [Span], columnsMaximum: Int) {
        var (column, present) = (0, Span(""))
        for span in spans {
            var hasBegun = false
            for scalar in span.text.unicodeScalars {
                // ncurses acts on a newline or a tab, and a terminal on ESC; a control character that got here must not
                // reach them.
                let drawn = scalar.isControl ? "\u{FFFD}" : scalar
                let width = Screen.columns(of: drawn)
                if column + width > columnsMaximum { return flush(present) }
                if width == 0, column == 0 { continue }
                if width > 0, !hasBegun {
                    flush(present)
                    (present, hasBegun) = (span, true)
                }
                column += width
                scratch.append(wchar_t(bitPattern: drawn.value))
            }
        }
        flush(present)
    }

    /// Draws what was collected of a span.
    private mutating func flush(_ span: Span) {
        guard !scratch.isEmpty else { return }
        inks.use(span.style, isLink: links.paints(span))
        terminal_screen_add(scratch, Int32(scratch.count))
        scratch.removeAll(keepingCapacity: true)
    }

    /// The frame with stand-ins for what this terminal would not draw in the columns that it is laid out for.
    private func withStandIns(_ frame: Frame, on size: Size) -> Frame {
        var frame = frame
        if size.columns == 1, !fillsCorner { frame.rows = Array(frame.rows.prefix(size.rows - 1)) }
        let first = widths.drawsAll ? fillsCorner ? size.rows : size.rows - 1 : 0
        for row in first..<max(first, min(size.rows, frame.rows.count)) {
            let corner = row == size.rows - 1 && !fillsCorner ? size.columns - 1 : nil
            for index in frame.rows[row].indices where !frame.rows[row][index].text.utf8.allSatisfy({ $0 < 0x80 }) {
                var column = frame.rows[row][..<index].reduce(0) { $0 + columns(of: $1.text) }
                var text = String.UnicodeScalarView()
                for scalar in frame.rows[row][index].text.unicodeScalars {
                    let width = Screen.columns(of: scalar)
                    column += width
                    if width == 2, column == corner {
                        text.append(contentsOf: "  ".unicodeScalars)
                    } else if width == 2, !widths.draws(scalar) {
                        text.append(contentsOf: "□ ".unicodeScalars)
                    } else {
                        text.append(scalar)
                    }
                }
                frame.rows[row][index].text = String(text)
            }
        }
        return frame
    }

    private func columns(of text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + Screen.columns(of: $1) } }
}

extension [UInt8] {
    /// Whether ncurses moves rows of the screen by these bytes: in a scroll region, by inserting or deleting lines, or at
    /// an edge. It writes no text with control characters, so they are its own.
    fileprivate var movesRows: Bool {
        if contains(0x0A) { return true }
        var index = startIndex
        while let start = self[index...].firstIndex(of: 0x1B), start + 1 < endIndex {
            switch self[start + 1] {
            // IND, NEL, RI
            case UInt8(ascii: "D"), UInt8(ascii: "E"), UInt8(ascii: "M"): return true
            case UInt8(ascii: "["):
                guard let end = self[(start + 2)...].firstIndex(where: { (0x40...0x7E).contains($0) }) else {
                    return false
                }
                // DECSTBM, SU, SD, IL, DL
                if "rSTLM".utf8.contains(self[end]) { return true }
                index = end + 1
            default: index = start + 2
            }
        }
        return false
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character (C0, DEL, C1).
    fileprivate var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) }
}
