import Screen

/// Paints links over what ncurses has painted: its cells have no room for an address (OSC 8).
///
/// It repeats the text of a link with its address around it, in the rows that have changed. The cursor and the attributes
/// are saved before and restored afterwards, so that ncurses' belief about them stays right.
struct LinkPainter {
    /// The longest address, in bytes; a longer one is text only.
    static let bytesMaximum = 2_048

    private let isUsed: Bool
    private let depth: ColorDepth
    /// The rows with links as they were painted last.
    private var painted: [Int: [Span]] = [:]

    init(isUsed: Bool, depth: ColorDepth) { (self.isUsed, self.depth) = (isUsed, depth) }

    /// Forgets what the terminal shows.
    mutating func forget() { painted = [:] }

    /// Whether a span is shown as a link, as far as it fits.
    func paints(_ span: Span) -> Bool {
        guard isUsed, let link = span.link else { return false }
        return Self.isSafe(link) && Self.isSafe(text: span.text)
    }

    /// The bytes for the links of a frame; empty when all are there already.
    mutating func paint(_ frame: Frame, on size: Size) -> [UInt8] {
        guard isUsed else { return [] }
        var text = ""
        for (row, spans) in frame.rows.prefix(size.rows).enumerated() {
            guard spans.contains(where: { $0.link != nil }) else {
                painted[row] = nil
                continue
            }
            guard painted[row] != spans else { continue }
            painted[row] = spans
            text += sequences(spans, row: row, columnsMaximum: size.columns)
        }
        return text.isEmpty ? [] : Array("\u{1B}7\(text)\u{1B}8".utf8)
    }

    private func sequences(_ spans: [Span], row: Int, columnsMaximum: Int) -> String {
        var (column, text) = (0, "")
        for span in spans {
            let width = span.text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
            if let link = span.link, paints(span), column + width <= columnsMaximum {
                text += "\u{1B}[\(row + 1);\(column + 1)H\u{1B}[\(depth.parameters(of: span.style))m"
                text += "\u{1B}]8;;\(link)\u{1B}\\\(span.text)\u{1B}]8;;\u{1B}\\"
            }
            column += width
        }
        return text
    }

    /// Whether it is an address that terminals should open, without characters that could end the sequence.
    static func isSafe(_ link: String) -> Bool {
        link.utf8.count <= bytesMaximum && link.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            && ["https://", "http://", "mailto:", "file:///"].contains { link.lowercased().hasPrefix($0) }
    }

    private static func isSafe(text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
    }
}

extension ColorDepth {
    /// The parameters of SGR that set a style and nothing else.
    func parameters(of style: Style) -> String {
        let codes: [(Attributes, Int)] = [
            (.bold, 1), (.dim, 2), (.italic, 3), (.underline, 4), (.reverse, 7), (.strike, 9),
        ]
        let set = codes.filter { style.attributes.contains($0.0) }.map { String($0.1) }
        let colors = [(style.foreground, 30), (style.background, 40)].compactMap { color, base -> String? in
            switch reduced(color) {
            case .default: nil
            case .palette(let index) where index < 8: String(base + Int(index))
            case .palette(let index) where index < 16: String(base + 52 + Int(index))
            case .palette(let index): "\(base + 8);5;\(index)"
            case .rgb(let red, let green, let blue): "\(base + 8);2;\(red);\(green);\(blue)"
            }
        }
        return (["0"] + set + colors).joined(separator: ";")
    }
}
