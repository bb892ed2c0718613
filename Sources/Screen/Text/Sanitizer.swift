import Wire

/// Makes text from agents and the network safe to paint: no control characters, and no sequences whose width differs
/// between terminals.
///
/// Such sequences are replaced by something of known width: an emoji sequence by its first emoji, skin tones and
/// variation selectors are removed. The width of the result is the sum over its scalars on every terminal. Tabs become
/// spaces. Like ``ControlFilter`` it is a stream filter: it keeps its state between pieces.
struct Sanitizer: Hashable, Sendable {
    /// The distance of tab stops, in columns.
    static let tabColumns = 4
    /// The most combining marks on one character; a cell of ncurses holds five scalars.
    static let marksMaximum = 4

    private var controls = ControlFilter()
    private var column = 0
    private var marks = 0
    /// Whether the previous scalar is an emoji, so that a skin tone or a joiner belongs to it.
    private var isAfterEmoji = false
    /// Whether a zero width joiner follows an emoji, so that the next emoji belongs to it.
    private var isJoining = false

    /// Sanitizes a piece of a stream; newlines are kept.
    mutating func feed(_ text: String) -> String {
        if controls.isAtRest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A }) {
            return passPlain(text)
        }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            var filter = controls
            filter.feed(scalar) { paint($0, to: &clean) }
            controls = filter
        }
        return String(clean)
    }

    /// The fast path: text that needs no change.
    private mutating func passPlain(_ text: String) -> String {
        if text.isEmpty { return text }
        (marks, isAfterEmoji, isJoining) = (0, false, false)
        if let end = text.utf8.lastIndex(of: 0x0A) {
            column = text.utf8.distance(from: end, to: text.utf8.endIndex) - 1
        } else {
            column += text.utf8.count
        }
        return text
    }

    private mutating func paint(_ scalar: Unicode.Scalar, to clean: inout String.UnicodeScalarView) {
        let value = scalar.value
        if value < 0x7F {
            (marks, isAfterEmoji, isJoining) = (0, false, false)
            switch value {
            case 0x0A:
                column = 0
                clean.append(scalar)
            case 0x09:
                let stop = (column / Sanitizer.tabColumns + 1) * Sanitizer.tabColumns
                for _ in column..<stop { clean.append(" ") }
                column = stop
            default:
                column += 1
                clean.append(scalar)
            }
            return
        }
        switch value {
        case 0x200D: isJoining = isAfterEmoji
        case 0x200C, 0x20E3, 0xFE00...0xFE0F: break
        case 0x1F3FB...0x1F3FF where isAfterEmoji: break
        default: paintWide(scalar, to: &clean)
        }
    }

    private mutating func paintWide(_ scalar: Unicode.Scalar, to clean: inout String.UnicodeScalarView) {
        let isEmoji = scalar.value > 0x2000 && scalar.properties.isEmoji
        if isJoining && isEmoji {
            isJoining = false
            return
        }
        (isAfterEmoji, isJoining) = (isEmoji, false)
        if scalar.properties.generalCategory == .unassigned {
            marks = 0
            column += 1
            clean.append("\u{FFFD}")
            return
        }
        let width = columns(of: scalar)
        if width == 0 {
            guard column > 0, marks < Sanitizer.marksMaximum else { return }
            marks += 1
        } else {
            marks = 0
            column += width
        }
        clean.append(scalar)
    }
}

extension String {
    /// The text, sanitized as a whole.
    var painted: String {
        var sanitizer = Sanitizer()
        return sanitizer.feed(self)
    }

    /// The text sanitized to one line: its lines joined by spaces.
    var paintedLine: String {
        painted.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// A title, name or reason, sanitized to one line. It is truncated to what a screen could show, so that a peer
    /// cannot make every frame expensive.
    var label: String {
        String(unicodeScalars.prefix(400)).paintedLine
    }
}
