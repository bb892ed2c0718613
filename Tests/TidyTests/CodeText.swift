/// Swift source with comments and the insides of string literals blanked out, line by line as it was, so that a
/// search for a word finds code and not talk about code. Code interpolated into a string is code.
struct CodeText {
    private let source: [UInt8]
    private var output: [UInt8] = []
    private var index = 0

    /// The code of a source text.
    static func code(of text: String) -> String {
        var scanner = CodeText(source: Array(text.utf8))
        scanner.scanCode(insideInterpolation: false)
        return String(decoding: scanner.output, as: UTF8.self)
    }

    private init(source: [UInt8]) { self.source = source }

    private func looksAt(_ text: String) -> Bool { source[index...].starts(with: text.utf8) }

    private mutating func keep(_ count: Int = 1) {
        for byte in source[index..<min(index + count, source.count)] { output.append(byte) }
        index += count
    }

    private mutating func blank(_ count: Int = 1) {
        for byte in source[index..<min(index + count, source.count)] {
            output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
        }
        index += count
    }

    /// Code up to the end, or up to the parenthesis that closes an interpolation.
    private mutating func scanCode(insideInterpolation: Bool) {
        var depth = 0
        while index < source.count {
            if looksAt("//") {
                while index < source.count, source[index] != UInt8(ascii: "\n") { blank() }
            } else if looksAt("/*") {
                skipBlockComment()
            } else if let hashes = hashesOfString() {
                skipString(hashes: hashes)
            } else {
                if source[index] == UInt8(ascii: "(") { depth += 1 }
                if source[index] == UInt8(ascii: ")") {
                    if insideInterpolation, depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if looksAt("/*") {
                depth += 1
                blank(2)
            } else if looksAt("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && index < source.count
    }

    /// How many `#` stand before a quotation mark here; `nil` when no string begins.
    private func hashesOfString() -> Int? {
        let hashes = source[index...].prefix { $0 == UInt8(ascii: "#") }.count
        let quote = index + hashes
        return quote < source.count && source[quote] == UInt8(ascii: "\"") ? hashes : nil
    }

    private mutating func skipString(hashes: Int) {
        let fence = String(repeating: "#", count: hashes)
        keep(hashes)
        let quotes = looksAt("\"\"\"") ? "\"\"\"" : "\""
        keep(quotes.utf8.count)
        while index < source.count {
            if looksAt(quotes + fence) {
                keep(quotes.utf8.count + hashes)
                return
            }
            if looksAt("\\" + fence + "(") {
                blank(1 + hashes)
                keep()
                scanCode(insideInterpolation: true)
                keep()
            } else if looksAt("\\" + fence) {
                blank(2 + hashes)
            } else {
                blank()
            }
        }
    }
}
