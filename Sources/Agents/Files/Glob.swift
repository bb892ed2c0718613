/// A pattern of `.gitignore` for one path, split at its slashes.
///
/// Matching takes at most text × pattern steps, so a hostile pattern cannot cause exponential backtracking: only the
/// last star is ever retried, which is enough, since a later star can match whatever an earlier one would have matched.
struct Glob: Hashable, Sendable {
    /// A component of the pattern.
    private enum Part: Hashable, Sendable {
        /// `**`: any number of components; at the end of a pattern at least one.
        case anyParts
        /// One component of the path, with `*`, `?` and `[…]`.
        case one([UInt8])
    }

    private var parts: [Part]

    /// Parses a pattern without leading and trailing slash.
    init(_ pattern: some Sequence<UInt8>) {
        parts = Array(pattern).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            $0.elementsEqual("**".utf8) ? .anyParts : .one(Array($0))
        }
    }

    /// Whether the pattern matches the whole path.
    func matches(_ path: [ArraySlice<UInt8>]) -> Bool {
        var part = 0
        var position = 0
        var retry: (part: Int, position: Int)?
        while true {
            if part < parts.count, case .anyParts = parts[part] {
                if part == parts.count - 1 { return position < path.count }
                retry = (part + 1, position)
                part += 1
            } else if part < parts.count, position < path.count, case .one(let pattern) = parts[part],
                Glob.matches(pattern, path[position])
            {
                part += 1
                position += 1
            } else if part == parts.count, position == path.count {
                return true
            } else if let last = retry, last.position < path.count {
                retry = (last.part, last.position + 1)
                (part, position) = (last.part, last.position + 1)
            } else {
                return false
            }
        }
    }

    /// Whether a pattern without slashes matches one component of a path.
    static func matches(_ pattern: [UInt8], _ name: ArraySlice<UInt8>) -> Bool {
        var place = 0
        var position = name.startIndex
        var retry: (place: Int, position: Int)?
        while true {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                place += 1
                retry = (place, position)
            } else if position < name.endIndex, place < pattern.count,
                let length = matchedLength(of: pattern, at: place, name[position])
            {
                place += length
                position += 1
            } else if place == pattern.count, position == name.endIndex {
                return true
            } else if let last = retry, last.position < name.endIndex {
                retry = (last.place, last.position + 1)
                (place, position) = (last.place, last.position + 1)
            } else {
                return false
            }
        }
    }

    /// The length of the pattern element that matches this byte of the name; `nil` when it does not match.
    private static func matchedLength(of pattern: [UInt8], at place: Int, _ byte: UInt8) -> Int? {
        switch pattern[place] {
        case UInt8(ascii: "?"): return 1
        case UInt8(ascii: "["): return bracketLength(of: pattern, at: place, byte)
        case UInt8(ascii: "\\"):
            guard place + 1 < pattern.count else { return nil }
            return pattern[place + 1] == byte ? 2 : nil
        case byte: return 1
        default: return nil
        }
    }

    /// As ``matchedLength(of:at:_:)`` for `[…]`. A bracket that is never closed matches nothing, as in git.
    private static func bracketLength(of pattern: [UInt8], at start: Int, _ byte: UInt8) -> Int? {
        var place = start + 1
        var isNegated = false
        if place < pattern.count, pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^") {
            isNegated = true
            place += 1
        }
        var isFirst = true
        var isMatched = false
        while place < pattern.count {
            if pattern[place] == UInt8(ascii: "]"), !isFirst {
                return isMatched != isNegated ? place + 1 - start : nil
            }
            isFirst = false
            if let named = namedClass(in: pattern, at: place) {
                isMatched = isMatched || named.contains(byte)
                place += named.length
                continue
            }
            guard let low = literal(in: pattern, at: &place) else { return nil }
            if place + 1 < pattern.count, pattern[place] == UInt8(ascii: "-"),
                pattern[place + 1] != UInt8(ascii: "]")
            {
                place += 1
                guard let high = literal(in: pattern, at: &place) else { return nil }
                isMatched = isMatched || (low <= byte && byte <= high)
            } else {
                isMatched = isMatched || low == byte
            }
        }
        return nil
    }

    private static func literal(in pattern: [UInt8], at place: inout Int) -> UInt8? {
        if pattern[place] == UInt8(ascii: "\\") { place += 1 }
        guard place < pattern.count else { return nil }
        defer { place += 1 }
        return pattern[place]
    }

    /// The character class, such as `[:digit:]`, at this index of the pattern.
    private static func namedClass(in pattern: [UInt8], at place: Int) -> (length: Int, contains: (UInt8) -> Bool)? {
        let rest = pattern[place...]
        for (name, contains) in namedClasses where rest.starts(with: "[:\(name):]".utf8) {
            return (name.utf8.count + 4, contains)
        }
        return nil
    }

    private static let namedClasses: [(String, @Sendable (UInt8) -> Bool)] = [
        ("alnum", { isAlphabetic($0) || isDigit($0) }),
        ("alpha", { isAlphabetic($0) }),
        ("blank", { $0 == 0x20 || $0 == 0x09 }),
        ("digit", { isDigit($0) }),
        ("lower", { (0x61...0x7A).contains($0) }),
        ("punct", { (0x21...0x7E).contains($0) && !isAlphabetic($0) && !isDigit($0) }),
        ("space", { $0 == 0x20 || (0x09...0x0D).contains($0) }),
        ("upper", { (0x41...0x5A).contains($0) }),
        ("xdigit", { isDigit($0) || (0x41...0x46).contains($0 & 0xDF) }),
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isAlphabetic(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
}
