/// One `.gitignore` file, whose patterns apply below its folder (gitignore(5)).
struct GitIgnore: Sendable {
    /// The most patterns of one file; of a larger file, ``isComplete`` is false.
    static let patternsMaximum = 4096

    private struct Pattern: Sendable {
        var glob: Glob
        /// Begins with `!`: a match is included again.
        var isNegated: Bool
        /// Ends in a slash: matches folders only.
        var isForFolders: Bool
        /// Contains another slash: matched against the path from the file's folder instead of the name.
        var isAnchored: Bool
    }

    private var patterns: [Pattern] = []
    /// Whether all patterns are known. Without it, what is ignored is not known either, and nothing may be listed.
    private(set) var isComplete = true

    /// Parses the bytes of a file. Neither patterns nor file names need to be UTF-8.
    ///
    /// - Parameter ignoresCase: The repository's `core.ignoreCase`.
    init(_ bytes: [UInt8], ignoresCase: Bool = false) {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let pattern = GitIgnore.pattern(line, ignoresCase: ignoresCase) else { continue }
            guard patterns.count < GitIgnore.patternsMaximum else {
                isComplete = false
                return
            }
            patterns.append(pattern)
        }
    }

    /// Matches a path against the patterns; the last one that matches decides.
    ///
    /// - Parameter path: The parts of the path from the file's folder on.
    /// - Returns: Whether it is ignored; `nil` when no pattern matches, and the file of the parent folder decides.
    func isIgnored(_ path: [ArraySlice<UInt8>], isFolder: Bool) -> Bool? {
        guard !patterns.isEmpty, let name = path.last.map(Array.init) else { return nil }
        let whole = Array(path.joined(separator: [UInt8(ascii: "/")]))
        for pattern in patterns.reversed() where isFolder || !pattern.isForFolders {
            if pattern.glob.matches(pattern.isAnchored ? whole : name) { return !pattern.isNegated }
        }
        return nil
    }

    private static func pattern(_ line: ArraySlice<UInt8>, ignoresCase: Bool) -> Pattern? {
        var line = line
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        // Git reads the line as a string of C, which ends at a NUL.
        line = line.prefix { $0 != 0 }
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        line = withoutTrailingSpaces(line)
        let isNegated = line.first == UInt8(ascii: "!")
        if isNegated { line.removeFirst() }
        let isForFolders = line.last == UInt8(ascii: "/")
        if isForFolders { line.removeLast() }
        guard !line.isEmpty else { return nil }
        let isAnchored = line.contains(UInt8(ascii: "/"))
        if line.first == UInt8(ascii: "/") { line.removeFirst() }
        return Pattern(
            glob: Glob(line, ignoresCase: ignoresCase), isNegated: isNegated, isForFolders: isForFolders,
            isAnchored: isAnchored)
    }

    /// Trailing spaces are ignored unless escaped with a backslash.
    private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = line.startIndex
        var place = line.startIndex
        while place < line.endIndex {
            let length = line[place] == UInt8(ascii: "\\") ? min(2, line.endIndex - place) : 1
            if length == 2 || line[place] != UInt8(ascii: " ") { end = place + length }
            place += length
        }
        return line[..<end]
    }
}

extension [GitIgnore?] {
    /// Whether the files of the parent folders, outermost first, ignore a path: the innermost with a matching pattern
    /// decides; `nil` when none matches. Folders without such a file are `nil`.
    func verdict(_ path: [ArraySlice<UInt8>], isFolder: Bool) -> Bool? {
        for (depth, file) in enumerated().reversed() {
            if let verdict = file?.isIgnored([ArraySlice<UInt8>](path[depth...]), isFolder: isFolder) { return verdict }
        }
        return nil
    }
}
