extension Theme {
    /// Reads a theme from the table of its file, which was put on top of the one that it extends
    /// (``ThemeTable/extending(_:)``).
    ///
    /// - Throws: ``ThemeError``, naming the key. The caller keeps its present theme.
    public init(_ table: ThemeTable, on canvas: Canvas = Canvas()) throws(ThemeError) {
        let header = try ThemeHeader(table)
        let looks = try ThemeRoles(table, palette: ThemePalette(table, on: canvas)).looks()
        let glyphs = try Theme.glyphs(table)
        self.init(
            name: header.name ?? "unnamed", glyphSet: glyphs.set ?? .unicode, spark: glyphs.spark, looks: looks,
            canvas: canvas)
        var other = canvas
        other.appearance = canvas.appearance == .dark ? .light : .dark
        // Of the other one only whether it is another matters: what is wrong in it is said by `belay theme check`.
        if header.appearance == nil,
            let others = try? ThemeRoles(table, palette: ThemePalette(table, on: other)).looks(), others != looks
        {
            variant = canvas.appearance
        }
    }

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
