import Wire

/// The files of the chat's folder, for the completion of `@file`.
struct FileNames: Hashable, Sendable {
    /// The most files; further ones are left out.
    static let maximum = 10_000
    /// The most matches that are offered.
    static let matchesMaximum = 100

    private struct Name: Hashable {
        var path: String
        /// The path in lower case, as bytes.
        var folded: [UInt8]
        /// Where the name begins, behind the folders.
        var start: Int
    }

    private var names: [Name] = []

    /// - Parameter paths: Relative paths. Those with characters that cannot be shown as they are, or typed, are left out.
    init(_ paths: [String] = []) {
        names = paths.prefix(FileNames.maximum).compactMap { path in
            guard !path.isEmpty, path == path.label, !path.contains("\"") else { return nil }
            let folded = Array(path.lowercased().utf8)
            return Name(path: path, folded: folded, start: (folded.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)
        }
    }

    /// The paths that match what is typed, the best first: those whose name begins so, has it, or whose path has it, the
    /// shorter ones first. When there are none, those that have its characters in this order.
    func matches(_ typed: String) -> [String] {
        let pattern = Array(typed.lowercased().utf8)
        let ranked = names.indices.compactMap { index -> (rank: Int, length: Int, index: Int)? in
            FileNames.rank(pattern, in: names[index]).map { ($0, names[index].folded.count, index) }
        }
        let best = ranked.filter { $0.rank < FileNames.inOrder }
        return (best.isEmpty ? ranked : best).sorted { $0 < $1 }.prefix(FileNames.matchesMaximum).map {
            names[$0.index].path
        }
    }

    /// The rank of a path that only has the characters in their order.
    private static let inOrder = 3

    private static func rank(_ pattern: [UInt8], in name: Name) -> Int? {
        if name.folded[name.start...].starts(with: pattern) { return 0 }
        if has(pattern, name.folded[name.start...]) { return 1 }
        if has(pattern, name.folded[...]) { return 2 }
        var rest = pattern[...]
        for byte in name.folded where byte == rest.first { rest = rest.dropFirst() }
        return rest.isEmpty ? inOrder : nil
    }

    private static func has(_ pattern: [UInt8], _ text: ArraySlice<UInt8>) -> Bool {
        guard text.count >= pattern.count else { return false }
        return (text.startIndex...text.endIndex - pattern.count).contains { start in
            text[start] == pattern[0] && text[start...].starts(with: pattern)
        }
    }
}

extension Model {
    /// The files that the word at the cursor may stand for, when that begins with `@`.
    func fileCompletion() -> Completion? {
        guard let word = fileWord else { return nil }
        let candidates = files.matches(word.typed).map { path in
            let text = path.contains(where: \.isWhitespace) ? "@\"\(path)\"" : "@\(path)"
            return Completion.Candidate(label: path, text: text, help: "", isComplete: false)
        }
        return candidates.isEmpty ? nil : Completion(title: "files", word: word.range, candidates: candidates)
    }

    /// The word at the cursor that names a file, `@path` or `@"a path"`, and what of the path is typed.
    var fileWord: (range: Range<Int>, typed: String)? {
        let line = editor.lines[editor.line]
        let before = line[..<editor.column]
        if let quote = before.lastIndex(of: "\""), quote > 0, line[quote - 1] == "@", isWordStart(quote - 1) {
            return (quote - 1..<editor.column, String(before[(quote + 1)...]))
        }
        let start = (before.lastIndex(where: \.isWhitespace) ?? -1) + 1
        guard let at = before[start...].lastIndex(of: "@"), isWordStart(at) else { return nil }
        let end = line[editor.column...].firstIndex(where: \.isWhitespace) ?? line.count
        return (at..<end, String(before[(at + 1)...]))
    }

    /// Whether a word may begin there: not within an address such as `me@example.org`.
    private func isWordStart(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        let before = editor.lines[editor.line][index - 1]
        return before.isWhitespace || "([{'\"`".contains(before)
    }

    /// The answer to ``Command/listFiles``.
    mutating func take(files paths: [String]?, now: Instant) {
        guard let paths else {
            flash("The files are the server's: their paths are not completed here.", now: now)
            return
        }
        files = FileNames(paths)
        _ = refreshCompletion()
    }
}
