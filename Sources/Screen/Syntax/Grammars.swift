/// The languages that are highlighted.
enum Grammars {
    static let all: [Grammar] = systems + managed + scripts + functional + data + texts

    /// The index of a language by any of its names; `nil` when it is not known.
    static func index(of name: String) -> Int? { indices[name.lowercased()] }

    private static let indices: [String: Int] = {
        var indices: [String: Int] = [:]
        for (index, grammar) in all.enumerated() {
            for name in grammar.names { indices[name] = index }
        }
        return indices
    }()

    static let slashes = Grammar.Comment("/*", "*/")
    static let nestedSlashes = Grammar.Comment("/*", "*/", nests: true)
}
