/// Reads the roles of a theme: `"fg"`, `"fg on bg +attribute"`, or the name of another role to copy.
struct ThemeRoles {
    private var texts: [Role: String] = [:]
    /// The keys of roles in the file.
    private var keys: [Role: String] = [:]
    private let palette: ThemePalette

    init(_ table: ThemeTable, palette: ThemePalette) throws(ThemeError) {
        self.palette = palette
        let roles = try table.table("roles") ?? [:]
        for name in roles.keys.sorted() {
            guard let role = Role(rawValue: name) else { throw .unknownRole("roles.\(name)") }
            keys[role] = "roles.\(name)"
            texts[role] = try roles.string(name, in: "roles.")
        }
        let syntax = try table.table("syntax") ?? [:]
        for name in syntax.keys.sorted() {
            guard let role = Role(rawValue: "syntax.\(name)") else { throw .unknownRole("syntax.\(name)") }
            keys[role] = "syntax.\(name)"
            texts[role] = try syntax.string(name, in: "syntax.")
        }
    }

    /// The styles that the theme sets, by role.
    func looks() throws(ThemeError) -> [Role: Theme.Look] {
        var looks: [Role: Theme.Look] = [:]
        for role in texts.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            looks[role] = try look(of: role, through: [])
        }
        return looks
    }

    private func look(of role: Role, through seen: Set<Role>) throws(ThemeError) -> Theme.Look {
        guard !seen.contains(role) else { throw .cycle(key: keys[role] ?? role.rawValue) }
        guard let text = texts[role] else {
            return try role.parent.map { parent throws(ThemeError) in try look(of: parent, through: seen) }
                ?? Theme.Look()
        }
        if palette.color(named: text) == nil, let other = Role(rawValue: text) {
            return try look(of: other, through: seen.union([role]))
        }
        return try parse(text, key: keys[role] ?? role.rawValue)
    }

    private func parse(_ text: String, key: String) throws(ThemeError) -> Theme.Look {
        var look = Theme.Look()
        var expectsBackground = false
        for word in text.split(separator: " ").map({ String($0) }) {
            if word == "on", !expectsBackground, look.background == nil {
                expectsBackground = true
            } else if word.hasPrefix("+") {
                guard let attribute = ThemeRoles.attributes[String(word.dropFirst())] else {
                    throw .badAttribute(key: key, text: word)
                }
                look.attributes.insert(attribute)
            } else {
                guard let color = palette.color(named: word), expectsBackground || look.foreground == nil else {
                    throw .badColor(key: key, text: word)
                }
                if expectsBackground { look.background = color } else { look.foreground = color }
                expectsBackground = false
            }
        }
        if expectsBackground { throw .badColor(key: key, text: text) }
        return look
    }

    private static let attributes: [String: Attributes] = [
        "bold": .bold, "dim": .dim, "italic": .italic, "underline": .underline, "reverse": .reverse, "strike": .strike,
    ]
}
