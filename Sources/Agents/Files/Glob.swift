/// A pattern for paths, matched as git's wildmatch does with `WM_PATHNAME`: `*`, `?` and `[…]` match no slash, `**`
/// between slashes matches any number of folders, and every other run of stars is the same as one.
///
/// Matching takes at most text × pattern steps, so a hostile pattern cannot cause exponential backtracking: only the
/// last star and the last `**` are ever retried. That is enough: what stands between two of them may match as far left
/// as possible, and a star cannot cross the slash that follows it.
struct Glob: Hashable, Sendable {
    /// An element of a pattern.
    enum Element: Hashable, Sendable {
        case byte(UInt8)
        /// `?`
        case anyByte
        /// `[…]`
        case oneOf(ByteSet)
        /// `*`: anything without a slash.
        case star
        /// `**/`: nothing, or anything that ends in a slash.
        case anyFolders
        /// `**` at the end: anything.
        case anything
        /// A bracket that is never closed, or a backslash at the end: the pattern matches nothing.
        case nothing
    }

    /// Compared literally before the rest is matched.
    private let prefix: [UInt8]
    private let elements: [Element]
    private let ignoresCase: Bool

    /// A pattern of gitignore(5), without leading and trailing slash.
    ///
    /// As in git, what stands before its first special character is compared first, and the rest is a pattern of its
    /// own. So `dir**/foo` matches `dir/sub/foo`: `**` begins that rest.
    init(_ pattern: some Sequence<UInt8>, ignoresCase: Bool = false) {
        let pattern = Array(pattern)
        let plain = pattern.prefix { !"*?[\\".utf8.contains($0) }
        self.init(prefix: Array(plain), Array(pattern.dropFirst(plain.count)), ignoresCase: ignoresCase)
    }

    /// A pattern of which nothing but `prefix` is compared literally, as in git-config(1).
    init(prefix: [UInt8] = [], _ pattern: [UInt8], ignoresCase: Bool = false) {
        self.prefix = ignoresCase ? prefix.map(Glob.lowered) : prefix
        self.ignoresCase = ignoresCase
        elements = Glob.elements(of: pattern, ignoresCase: ignoresCase)
    }

    /// Whether the pattern matches the whole path, given as its components.
    func matches(_ path: [ArraySlice<UInt8>]) -> Bool {
        matches(Array(path.joined(separator: [UInt8(ascii: "/")])))
    }

    /// Whether the pattern matches the whole path.
    func matches(_ path: [UInt8]) -> Bool {
        let path = ignoresCase ? path.map(Glob.lowered) : path
        return path.starts(with: prefix) && matches(path, from: prefix.count)
    }

    private func matches(_ path: [UInt8], from start: Int) -> Bool {
        var (index, position) = (0, start)
        var star: (index: Int, position: Int)?
        var folders: (index: Int, position: Int)?
        while true {
            if index == elements.count {
                if position == path.count { return true }
            } else {
                switch elements[index] {
                case .nothing: return false
                case .anything: return true
                case .star:
                    index += 1
                    star = (index, position)
                    continue
                case .anyFolders:
                    index += 1
                    (star, folders) = (nil, (index, position))
                    continue
                case .byte, .anyByte, .oneOf:
                    guard position < path.count, elements[index].accepts(path[position]) else { break }
                    index += 1
                    position += 1
                    continue
                }
            }
            if let last = star, last.position < path.count, path[last.position] != UInt8(ascii: "/") {
                (index, position) = (last.index, last.position + 1)
                star = (index, position)
            } else if let last = folders, let slash = path[last.position...].firstIndex(of: UInt8(ascii: "/")) {
                (index, position) = (last.index, slash + 1)
                (star, folders) = (nil, (index, position))
            } else {
                return false
            }
        }
    }

    static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

extension Glob.Element {
    /// Whether it matches this byte of a path.
    func accepts(_ byte: UInt8) -> Bool {
        switch self {
        case .byte(let own): byte == own
        case .anyByte: byte != UInt8(ascii: "/")
        case .oneOf(let set): byte != UInt8(ascii: "/") && set.contains(byte)
        case .star, .anyFolders, .anything, .nothing: false
        }
    }
}

/// A set of bytes.
struct ByteSet: Hashable, Sendable {
    private var words = SIMD4<UInt64>()

    /// The bytes for which a condition holds.
    init(_ contains: (UInt8) -> Bool) {
        for byte in UInt8.min...UInt8.max where contains(byte) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & 1 << UInt64(byte & 63) != 0 }
}
