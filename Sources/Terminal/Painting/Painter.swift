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
        links = LinkPainter(isUsed: type.showsLinks, depth: inks.depth)
    }

    /// The colours that the terminal has.
    var depth: ColorDepth { inks.depth }

    /// Closes the ncurses screen and frees its memory.
    func close() { terminal_screen_close(screen) }

    /// The bytes that make the terminal show a frame; empty when it already does.
    mutating func paint(_ frame: Frame, on size: Size) -> [UInt8] {
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
        let bytes = collect() + links.paint(frame, on: size)
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
    private mutating func draw(_ spans: [Span], columnsMaximum: Int) {
        var column = 0
        for span in spans {
            scratch.removeAll(keepingCapacity: true)
            for scalar in span.text.unicodeScalars {
                // ncurses acts on a newline or a tab, and a terminal on ESC; a control character that got here must not
                // reach them.
                let drawn = scalar.isControl ? "\u{FFFD}" : scalar
                let width = columns(of: drawn)
                column += width
                if column > columnsMaximum { break }
                if width == 2, !widths.draws(drawn) {
                    scratch += [0x25A1, 0x20]
                } else {
                    scratch.append(wchar_t(bitPattern: drawn.value))
                }
            }
            inks.use(span.style)
            terminal_screen_add(scratch, Int32(scratch.count))
            if column > columnsMaximum { return }
        }
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character (C0, DEL, C1).
    fileprivate var isControl: Bool { value < 0x20 || (0x7F..<0xA0).contains(value) }
}
