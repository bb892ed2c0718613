import Wire

/// A name that a line declares, or a heading.
struct Definition: Hashable, Sendable {
    /// The kind of declaration.
    enum Kind: String, Hashable, Sendable {
        case type, `extension`, function, value, heading
    }

    var kind: Kind
    /// The name, or the words of a heading.
    var name: String
}

/// Finds the lines that declare a name, by the keywords that do so in most languages.
///
/// A heuristic without grammars, which can be wrong; it only influences the ranking.
enum Definitions {
    /// The declaration in a line; `nil` when there is none.
    static func definition(in line: String, isMarkdown: Bool) -> Definition? {
        isMarkdown ? heading(line) : declaration(line)
    }

    /// All names that a text declares, with their parts, for the index.
    static func names(in lines: [String], isMarkdown: Bool) -> String {
        var names: [String] = []
        for line in lines {
            guard let name = definition(in: line, isMarkdown: isMarkdown)?.name else { continue }
            let parts = isMarkdown ? [] : Words.parts(of: name)
            names += [name] + (parts.count > 1 ? parts : [])
        }
        return names.joined(separator: " ")
    }

    private static func heading(_ line: String) -> Definition? {
        let hashes = line.utf8.prefix { $0 == UInt8(ascii: "#") }.count
        guard (1...6).contains(hashes) else { return nil }
        let text = line.dropFirst(hashes)
        guard text.first == " " else { return nil }
        return Definition(kind: .heading, name: text.trimmed)
    }

    private static func declaration(_ line: String) -> Definition? {
        guard line.utf8.count <= 400 else { return nil }
        let words = line.split(maxSplits: 12, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        for (index, word) in words.enumerated() {
            if let kind = keywords[String(word)] {
                guard index + 1 < words.count, let name = leadingIdentifier(words[index + 1]) else { return nil }
                return Definition(kind: kind, name: name)
            }
            // Attributes, modifiers and C's storage classes stand before the keyword; anything else ends the search.
            guard word.hasPrefix("@") || modifiers.contains(String(word.prefix { $0 != "(" })) else { break }
        }
        return functionOfC(line)
    }

    /// A C function such as `int main(…) {`: begins in the first column, with the name before a parenthesis.
    private static func functionOfC(_ line: String) -> Definition? {
        guard let first = line.first, first.isLetter || first == "_", line.hasSuffix("{"),
            let parenthesis = line.firstIndex(of: "(")
        else { return nil }
        let words = line[..<parenthesis].split { $0 == " " || $0 == "*" }
        guard words.count >= 2, let name = words.last, let identifier = leadingIdentifier(name),
            identifier.utf8.count == name.utf8.count, !["if", "for", "while", "switch", "else"].contains(words[0])
        else { return nil }
        return Definition(kind: .function, name: identifier)
    }

    private static func leadingIdentifier(_ text: Substring) -> String? {
        let name = text.drop { $0 == "`" || $0 == "(" || $0 == "*" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.isEmpty ? nil : String(name)
    }

    private static let keywords: [String: Definition.Kind] = [
        "class": .type, "struct": .type, "enum": .type, "protocol": .type, "actor": .type, "interface": .type,
        "trait": .type, "impl": .extension, "type": .type, "typealias": .type, "typedef": .type, "union": .type,
        "extension": .extension, "module": .type, "namespace": .type, "record": .type, "object": .type,
        "func": .function, "def": .function, "fn": .function, "function": .function, "fun": .function,
        "sub": .function, "macro": .function, "#define": .function, "defn": .function,
        "let": .value, "var": .value, "const": .value, "val": .value, "case": .value,
    ]

    private static let modifiers: Set<String> = [
        "public", "private", "internal", "fileprivate", "package", "open", "static", "final", "export", "default",
        "async", "pub", "mutating", "nonmutating", "nonisolated", "override", "abstract", "virtual", "inline", "extern",
        "unsafe", "indirect", "lazy", "weak", "protected", "sealed", "data", "consuming", "borrowing", "declare",
        "required", "convenience", "class", "readonly", "isolated", "distributed", "prefix", "postfix", "infix",
    ]
}
