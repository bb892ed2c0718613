/// Closes the inline marks that a text leaves open: emphasis, code, and the address of a link.
struct InlineCompletion {
    private struct Open {
        var mark: UInt8
        var count: Int
    }

    private let bytes: [UInt8]
    private var index = 0
    private var open: [Open] = []

    static func completed(_ text: String) -> String {
        var scan = InlineCompletion(bytes: Array(text.utf8))
        return scan.run()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() -> String {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "`"):
                let count = runLength()
                guard let end = end(ofCode: count) else {
                    let content = bytes[(index + count)...]
                    if content.isEmpty { return text(upTo: index, and: []) }
                    return text(upTo: bytes.count, and: [UInt8](repeating: UInt8(ascii: "`"), count: count))
                }
                index = end
            case UInt8(ascii: "]") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "("):
                guard let end = bytes[index...].firstIndex(of: UInt8(ascii: ")")) else {
                    // An address is not finished: it may not be shown as a part of one.
                    return text(upTo: index + 2, and: [UInt8(ascii: ")")])
                }
                index = end + 1
            case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                let count = runLength()
                if index + count == bytes.count { return finish(count) }
                take(count)
                index += count
            default: index += 1
            }
        }
        return text(upTo: bytes.count, and: [])
    }

    private func runLength() -> Int { bytes[index...].prefix { $0 == bytes[index] }.count }

    /// Where a code span of that many backticks ends.
    private func end(ofCode count: Int) -> Int? {
        var at = index + count
        while let next = bytes[at...].firstIndex(of: UInt8(ascii: "`")) {
            let length = bytes[next...].prefix { $0 == UInt8(ascii: "`") }.count
            if length == count { return next + length }
            at = next + length
        }
        return nil
    }

    /// A mark in the middle of the text: it closes one that is open, or opens one.
    private mutating func take(_ count: Int) {
        let mark = bytes[index]
        let before = index > 0 ? bytes[index - 1] : 0x20
        let after = bytes[index + count]
        var left = count
        if !before.isSpace {
            while left > 0, let last = open.lastIndex(where: { $0.mark == mark }) {
                let closed = min(left, open[last].count)
                open[last].count -= closed
                left -= closed
                open.removeSubrange((open[last].count == 0 ? last : last + 1)...)
            }
        }
        // Within a word it is a product or a name rather than emphasis.
        let isWord = before.isAlphanumeric && after.isAlphanumeric
        if left == count, !after.isSpace, !isWord, mark != UInt8(ascii: "~") || count == 2 {
            open.append(Open(mark: mark, count: count))
        }
    }

    /// A mark at the very end: a part of what closes the one that is open, or one that opens and has nothing to show.
    private mutating func finish(_ count: Int) -> String {
        let mark = bytes[index]
        if let last = open.last, last.mark == mark { return text(upTo: index, and: []) }
        let before = index > 0 ? bytes[index - 1] : 0x20
        if before.isSpace || open.isEmpty && count > 1 { return text(upTo: index, and: []) }
        return text(upTo: bytes.count, and: [])
    }

    /// A part of the text, with what closes it.
    private func text(upTo end: Int, and closing: [UInt8]) -> String {
        let marks = closing + open.reversed().flatMap { [UInt8](repeating: $0.mark, count: $0.count) }
        var text = bytes[..<end]
        // A mark behind a space closes nothing.
        if !marks.isEmpty { while text.last?.isSpace == true { text.removeLast() } }
        return String(decoding: text + marks, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || self == 0x0A }
    fileprivate var isAlphanumeric: Bool {
        self >= 0x30 && self <= 0x39 || self >= 0x41 && self <= 0x5A || self >= 0x61 && self <= 0x7A || self >= 0x80
    }
}
