/// What a theme file says about itself.
public struct ThemeHeader: Hashable, Sendable {
    /// The name that the file gives itself; `nil` when it gives none.
    public var name: String?
    /// What people call it.
    public var title: String?
    /// Who made it.
    public var author: String?
    /// What may be done with it.
    public var license: String?
    /// The name of the theme that it changes.
    public var extends: String?
    /// The only background that it is for; `nil` for both.
    public var appearance: Theme.Appearance?

    /// Reads the header of a file.
    ///
    /// - Throws: ``ThemeError`` for a schema that is unknown, an unknown section, or a value of the wrong kind.
    public init(_ table: ThemeTable) throws(ThemeError) {
        for key in table.keys.sorted() where !ThemeHeader.keys.contains(key) { throw .unknownKey(key) }
        let schema = try table.integer("schema") ?? 1
        if schema != 1 { throw .schema(schema) }
        name = try table.string("name")?.label
        title = try table.string("title")?.label
        author = try table.string("author")?.label
        license = try table.string("license")?.label
        extends = try table.string("extends")
        if let wanted = try table.string("appearance") {
            guard let known = Theme.Appearance(rawValue: wanted) else {
                throw .wrongKind(key: "appearance", expected: "'dark' or 'light'")
            }
            appearance = known
        }
    }

    private static let keys: Set<String> = [
        "schema", "name", "title", "author", "license", "extends", "appearance", "palette", "roles", "surface",
        "syntax", "glyphs",
    ]
}

extension ThemeTable {
    /// This file on top of the one that it extends.
    ///
    /// The sections are merged key by key before anything is looked up: a file that only changes a colour of its parent's
    /// palette changes every role that uses it.
    public func extending(_ parent: ThemeTable) -> ThemeTable {
        var merged = self
        merged["extends"] = nil
        for section in ["palette", "roles", "syntax", "glyphs"] {
            guard case .table(let inherited) = parent[section] else { continue }
            switch merged[section] {
            case nil: merged[section] = .table(inherited)
            case .table(let own): merged[section] = .table(inherited.merging(own) { _, own in own })
            // A mistake of this file, which is reported when it is read.
            case .string, .integer, .other: break
            }
        }
        for key in ["surface", "name", "appearance"] where merged[key] == nil { merged[key] = parent[key] }
        return merged
    }
}
