/// Parses the syntax of configuration files (git-config(1)), as git does, byte by byte.
struct GitConfigSyntax {
    /// A variable with its value.
    struct Setting: Hashable, Sendable {
        /// In lower case; with the subsection, if it is written in the old form `[section.subsection]`.
        var section: String
        /// The quoted name behind the section, as it is written.
        var subsection: [UInt8]?
        /// In lower case.
        var name: String
        /// `nil` without an equals sign, which means true.
        var value: [UInt8]?

        /// The section and name, if there is no subsection.
        var key: String? { subsection == nil ? "\(section).\(name)" : nil }
    }

    /// The file is not in the syntax; git refuses to work with it.
    struct Malformed: Error, Hashable {}

    private let bytes: [UInt8]
    private var place = 0
    private var section = ""
    private var subsection: [UInt8]?

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    }

    /// All settings of a file, in order.
    static func settings(in bytes: [UInt8]) throws(Malformed) -> [Setting] {
        var parser = GitConfigSyntax(bytes)
        var settings: [Setting] = []
        while let byte = parser.next() {
            if isSpace(byte) { continue }
            switch byte {
            case UInt8(ascii: "#"), UInt8(ascii: ";"): parser.skipLine()
            case UInt8(ascii: "["): try parser.readSection()
            default: settings.append(try parser.setting(from: byte))
            }
        }
        return settings
    }

    /// The next byte, with CRLF as one line feed; `nil` at the end of the file.
    private mutating func next() -> UInt8? {
        guard place < bytes.count else { return nil }
        if bytes[place] == UInt8(ascii: "\r"), place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "\n") {
            place += 1
        }
        place += 1
        return bytes[place - 1]
    }

    /// The next byte of the line; `nil` at its end, which is a line feed or the end of the file and nothing else.
    private mutating func nextInLine() -> UInt8? { next().flatMap { $0 == UInt8(ascii: "\n") ? nil : $0 } }

    private mutating func skipLine() { while nextInLine() != nil {} }

    private mutating func readSection() throws(Malformed) {
        (section, subsection) = ("", nil)
        while let byte = next() {
            if byte == UInt8(ascii: "]") { return }
            if GitConfigSyntax.isSpace(byte) { return try readSubsection(from: byte) }
            guard GitConfigSyntax.isOfKey(byte) || byte == UInt8(ascii: ".") else { break }
            section.unicodeScalars.append(Unicode.Scalar(Glob.lowered(byte)))
        }
        throw Malformed()
    }

    private mutating func readSubsection(from space: UInt8) throws(Malformed) {
        var byte: UInt8? = space
        while let current = byte, GitConfigSyntax.isSpace(current), current != UInt8(ascii: "\n") { byte = next() }
        guard byte == UInt8(ascii: "\"") else { throw Malformed() }
        var name: [UInt8] = []
        while var byte = nextInLine() {
            if byte == UInt8(ascii: "\"") {
                guard next() == UInt8(ascii: "]") else { break }
                subsection = name
                return
            }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = nextInLine() else { break }
                byte = escaped
            }
            name.append(byte)
        }
        throw Malformed()
    }

    private mutating func setting(from first: UInt8) throws(Malformed) -> Setting {
        guard GitConfigSyntax.isAlphabetic(first) else { throw Malformed() }
        var name = ""
        var byte: UInt8? = first
        while let current = byte, GitConfigSyntax.isOfKey(current) {
            name.unicodeScalars.append(Unicode.Scalar(Glob.lowered(current)))
            byte = nextInLine()
        }
        while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { byte = nextInLine() }
        guard byte == nil || byte == UInt8(ascii: "=") else { throw Malformed() }
        let value = byte == nil ? nil : try value()
        return Setting(section: section, subsection: subsection, name: name, value: value)
    }

    private mutating func value() throws(Malformed) -> [UInt8] {
        var value: [UInt8] = []
        var spaces: [UInt8] = []
        var isQuoted = false
        while let byte = nextInLine() {
            if !isQuoted, GitConfigSyntax.isSpace(byte) {
                if !value.isEmpty { spaces.append(byte) }
                continue
            }
            if !isQuoted, byte == UInt8(ascii: ";") || byte == UInt8(ascii: "#") {
                skipLine()
                return value
            }
            value += spaces
            spaces = []
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\"):
                guard let escaped = GitConfigSyntax.escapes[next() ?? UInt8(ascii: "\n")] else { throw Malformed() }
                value += escaped
            default: value.append(byte)
            }
        }
        guard !isQuoted else { throw Malformed() }
        return value
    }

    /// What stands for what behind a backslash; a line feed there continues the line.
    private static let escapes: [UInt8: [UInt8]] = [
        UInt8(ascii: "\n"): [], UInt8(ascii: "n"): [0x0A], UInt8(ascii: "t"): [0x09], UInt8(ascii: "b"): [0x08],
        UInt8(ascii: "\\"): [0x5C], UInt8(ascii: "\""): [0x22],
    ]

    /// Git's white space is without form feed and vertical tab.
    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func isAlphabetic(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        isAlphabetic(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }
}
