extension Glob {
    /// Parses a pattern, as git's wildmatch reads it.
    static func elements(of pattern: [UInt8], ignoresCase: Bool) -> [Element] {
        var elements: [Element] = []
        var place = 0
        while place < pattern.count {
            switch pattern[place] {
            case UInt8(ascii: "\\"):
                guard place + 1 < pattern.count else { return [.nothing] }
                elements.append(.byte(pattern[place + 1]))
                place += 2
            case UInt8(ascii: "?"):
                elements.append(.anyByte)
                place += 1
            case UInt8(ascii: "["):
                guard let set = bracket(in: pattern, at: &place, ignoresCase: ignoresCase) else { return [.nothing] }
                elements.append(.oneOf(set))
            case UInt8(ascii: "*"): elements += stars(in: pattern, at: &place)
            case let byte:
                elements.append(.byte(ignoresCase ? lowered(byte) : byte))
                place += 1
            }
        }
        return elements
    }

    /// A run of stars, with the slash behind it if that belongs to it.
    private static func stars(in pattern: [UInt8], at place: inout Int) -> [Element] {
        let start = place
        while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
        guard place - start > 1, start == 0 || pattern[start - 1] == UInt8(ascii: "/") else { return [.star] }
        let rest = pattern[place...]
        if rest.isEmpty { return [.anything] }
        if rest.starts(with: "/".utf8) {
            place += 1
            return [.anyFolders]
        }
        guard rest.starts(with: "\\/".utf8) else { return [.star] }
        // With the slash escaped, git does not let `**` stand for no folder: there is at least the slash.
        place += 2
        return [.star, .byte(UInt8(ascii: "/")), .anyFolders]
    }

    /// The bytes that `[…]` stands for; `nil` when it is never closed, or has an unknown class.
    private static func bracket(in pattern: [UInt8], at place: inout Int, ignoresCase: Bool) -> ByteSet? {
        func byte(_ place: Int) -> UInt8? { place < pattern.count ? pattern[place] : nil }
        place += 1
        let isNegated = byte(place) == UInt8(ascii: "!") || byte(place) == UInt8(ascii: "^")
        if isNegated { place += 1 }
        var tests: [(UInt8) -> Bool] = []
        var previous: UInt8?
        repeat {
            guard var current = byte(place) else { return nil }
            if current == UInt8(ascii: "-"), let low = previous, let next = byte(place + 1), next != UInt8(ascii: "]") {
                place += next == UInt8(ascii: "\\") ? 2 : 1
                guard let high = byte(place) else { return nil }
                tests.append { byte in
                    (low <= byte && byte <= high)
                        || ignoresCase && isLower(byte) && low <= byte & 0xDF && byte & 0xDF <= high
                }
                previous = nil
            } else if let name = className(in: pattern, at: place) {
                guard let contains = classes[name.text] else { return nil }
                tests.append { contains($0) || ignoresCase && name.text == "upper" && isLower($0) }
                place = name.end
                previous = nil
            } else {
                if current == UInt8(ascii: "\\") {
                    place += 1
                    guard let escaped = byte(place) else { return nil }
                    current = escaped
                }
                let own = current
                tests.append { $0 == own }
                previous = current
            }
            place += 1
        } while byte(place) != UInt8(ascii: "]")
        place += 1
        return ByteSet { byte in tests.contains { $0(byte) } != isNegated }
    }

    /// The name in `[:digit:]` at this index, and the index of its last bracket; `nil` when there is no such thing.
    private static func className(in pattern: [UInt8], at place: Int) -> (text: String, end: Int)? {
        guard pattern[place...].starts(with: "[:".utf8),
            let end = pattern[(place + 2)...].firstIndex(of: UInt8(ascii: "]")), end > place + 2,
            pattern[end - 1] == UInt8(ascii: ":")
        else { return nil }
        return (String(decoding: pattern[(place + 2)..<(end - 1)], as: UTF8.self), end)
    }

    /// Git's character classes; its white space is without form feed and vertical tab.
    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isAlphabetic($0) || isDigit($0) },
        "alpha": { isAlphabetic($0) },
        "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F },
        "digit": { isDigit($0) },
        "graph": { (0x21...0x7E).contains($0) },
        "lower": { isLower($0) },
        "print": { (0x20...0x7E).contains($0) },
        "punct": { (0x21...0x7E).contains($0) && !isAlphabetic($0) && !isDigit($0) },
        "space": { [0x20, 0x09, 0x0A, 0x0D].contains($0) },
        "upper": { (0x41...0x5A).contains($0) },
        "xdigit": { isDigit($0) || (0x41...0x46).contains($0 & 0xDF) },
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    private static func isAlphabetic(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
}
