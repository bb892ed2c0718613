import Wire

/// Turns text from agents and the network into text that can be painted: nothing that steers a terminal, and nothing
/// whose width terminals disagree about.
///
/// Where they disagree a stand-in of known width is drawn: an emoji sequence becomes its first emoji, a skin tone and
/// the marks that only choose a presentation go. What is left is as wide as the sum of its scalars, everywhere. Tabs
/// become spaces. Like ``ControlFilter`` it keeps its place between pieces of a stream.
struct Sanitizer: Hashable, Sendable {
    /// How far apart tab stops are.
    static let tabColumns = 4
    /// How many marks stay on one letter; a terminal's cell holds five scalars.
    static let marksMaximum = 4

    private var controls = ControlFilter()
    private var column = 0
    private var marks = 0
    /// The scalar before is an emoji, so that a skin tone or a joiner belongs to it.
    private var isAfterEmoji = false
    /// A joiner stands between an emoji and what follows.
    private var isJoining = false

    /// The text as it can be painted; line ends stay `\n`.
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

    /// Most of what agents write needs nothing done to it.
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
    /// The text as it can be painted.
    var painted: String {
        var sanitizer = Sanitizer()
        return sanitizer.feed(self)
    }

    /// The text as it can be painted on one line, the lines joined by spaces.
    var paintedLine: String {
        painted.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// A title, a name or a reason as it can be painted on one line: what no screen could show is cut off at once, so
    /// that a peer cannot make every frame dear.
    var label: String {
        String(unicodeScalars.prefix(400)).paintedLine
    }
}
