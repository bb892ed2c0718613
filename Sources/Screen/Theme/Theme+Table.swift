extension Theme {
    /// Reads a theme from the table of its file.
    ///
    /// - Parameters:
    ///   - table: The contents of the file.
    ///   - parent: The theme that `extends` names; it supplies what this one leaves out.
    ///   - appearance: Which variant of a colour with two is used.
    /// - Throws: ``ThemeError``, naming the key. The caller keeps its present theme.
    public init(_ table: ThemeTable, parent: Theme? = nil, appearance: Appearance = .dark) throws(ThemeError) {
        for key in table.keys.sorted() where !Theme.keys.contains(key) { throw .unknownKey(key) }
        let schema = try table.integer("schema") ?? 1
        if schema != 1 { throw .schema(schema) }
        for key in ["title", "author", "license", "extends"] { _ = try table.string(key) }
        if let wanted = try table.string("appearance"), Appearance(rawValue: wanted) == nil {
            throw .wrongKind(key: "appearance", expected: "'dark' or 'light'")
        }

        let palette = try ThemePalette(table, appearance: appearance)
        var looks = parent?.looks ?? [:]
        looks.merge(try ThemeRoles(table, palette: palette).looks()) { _, own in own }
        let glyphs = try Theme.glyphs(table)
        self.init(
            name: try table.string("name") ?? parent?.name ?? "unnamed",
            glyphSet: glyphs.set ?? parent?.glyphSet ?? .unicode,
            spark: glyphs.spark ?? parent?.spark, looks: looks)
    }

    private static let keys: Set<String> = [
        "schema", "name", "title", "author", "license", "extends", "appearance", "palette", "roles", "surface",
        "syntax",
        "glyphs",
    ]

    private static func glyphs(_ table: ThemeTable) throws(ThemeError) -> (set: GlyphSet?, spark: [String]?) {
        guard let glyphs = try table.table("glyphs") else { return (nil, nil) }
        for key in glyphs.keys.sorted() where key != "set" && key != "spark" { throw .unknownKey("glyphs.\(key)") }
        var set: GlyphSet?
        if let name = try glyphs.string("set", in: "glyphs.") {
            guard let known = GlyphSet(rawValue: name) else {
                throw .wrongKind(key: "glyphs.set", expected: "'unicode' or 'ascii'")
            }
            set = known
        }
        guard let text = try glyphs.string("spark", in: "glyphs.") else { return (set, nil) }
        let steps = text.map { String($0) }
        guard steps.count == Glyphs.sparkSteps, steps.allSatisfy({ $0.painted == $0 && $0.columns == 1 }) else {
            throw .badGlyphs(key: "glyphs.spark", text: text.paintedLine)
        }
        return (set, steps)
    }
}

extension ThemeTable {
    func string(_ key: String, in prefix: String = "") throws(ThemeError) -> String? {
        switch self[key] {
        case nil: return nil
        case .string(let text): return text
        case .integer, .table, .other: throw .wrongKind(key: prefix + key, expected: "a string")
        }
    }

    func integer(_ key: String) throws(ThemeError) -> Int? {
        switch self[key] {
        case nil: return nil
        case .integer(let number): return number
        case .string, .table, .other: throw .wrongKind(key: key, expected: "an integer")
        }
    }

    func table(_ key: String) throws(ThemeError) -> ThemeTable? {
        switch self[key] {
        case nil: return nil
        case .table(let table): return table
        case .string, .integer, .other: throw .wrongKind(key: key, expected: "a table")
        }
    }
}
