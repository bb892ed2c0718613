import CTerminal
import Screen

/// Turns frames into bytes: draws every row into ncurses and collects the difference it finds.
///
/// Everything visible is drawn each time and nothing is remembered here about what changed: ncurses compares cells
/// faster than we could keep track, finds what scrolled by itself, and sends about fifty bytes for a line of text.
struct Painter {
    private let screen: OpaquePointer
    private var inks: Inks
    private var scratch: [wchar_t] = []
    private let translates: Bool

    /// What a terminal is told before and after a frame, so that it shows the frame at once (DEC mode 2026). Those
    /// that do not know it ignore it.
    static let begin = Array("\u{1B}[?2026h".utf8)
    /// The end of a frame.
    static let end = Array("\u{1B}[?2026l".utf8)

    /// Opens a screen for the first of the candidates that is known. It is closed with ``close()``.
    init(type: TerminalType) throws(TerminalError) {
        guard let screen = type.candidates.lazy.compactMap({ terminal_screen_open($0) }).first else {
            throw .unknown(tried: type.candidates)
        }
        self.screen = screen
        inks = Inks(type: type)
        translates = inks.needsTranslation
    }

    /// Ends the screen.
    func close() { terminal_screen_close(screen) }

    /// The bytes that make the terminal show a frame; none when it shows it already.
    mutating func paint(_ frame: Frame, on size: Size) -> [UInt8] {
        terminal_screen_erase()
        for (row, spans) in frame.rows.prefix(size.rows).enumerated() where !spans.isEmpty {
            terminal_screen_move(Int32(row), 0)
            draw(spans, columnsMaximum: size.columns)
        }
        if let caret = frame.cursor {
            // A caret outside stands at the edge: it is wrong by a cell, but the user sees where the keys go.
            terminal_screen_refresh(
                true, Int32(min(max(caret.row, 0), size.rows - 1)),
                Int32(min(max(caret.column, 0), size.columns - 1)))
        } else {
            terminal_screen_refresh(false, 0, 0)
        }
        let bytes = collect()
        return bytes.isEmpty ? [] : Self.begin + bytes + Self.end
    }

    /// The bytes that are ready, such as those that take the screen when it has just been opened.
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

    /// The bytes that give the user's screen back. The next frame takes it again, whole.
    func leave() -> [UInt8] {
        terminal_screen_leave()
        return collect()
    }

    /// Gives the screen a size.
    func resize(to size: Size) { terminal_screen_resize(Int32(size.rows), Int32(size.columns)) }

    /// Paints the next frame whole, whatever the terminal is thought to show.
    mutating func repaint() {
        inks.forget()
        terminal_screen_repaint()
    }

    /// Draws a row and cuts what does not fit: ncurses would go on in the next row.
    private mutating func draw(_ spans: [Span], columnsMaximum: Int) {
        var column = 0
        for span in spans {
            scratch.removeAll(keepingCapacity: true)
            for scalar in span.text.unicodeScalars {
                // To ncurses a newline or a tab is a command, and to a terminal ESC is. None may come from a text.
                let drawn = scalar.isControl ? "\u{FFFD}" : scalar
                column += columns(of: drawn)
                if column > columnsMaximum { break }
                scratch.append(wchar_t(bitPattern: drawn.value))
            }
            inks.use(span.style)
            terminal_screen_add(scratch, Int32(scratch.count))
            if column > columnsMaximum { return }
        }
    }
}

extension Unicode.Scalar {
    /// Whether it is a command rather than something to show (C0, DEL, C1).
    fileprivate var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) }
}
