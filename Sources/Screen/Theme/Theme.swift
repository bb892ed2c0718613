/// The styles of all roles, and the set of glyphs.
public struct Theme: Hashable, Sendable {
    /// The kind of background that the theme is for.
    public enum Appearance: String, Hashable, Sendable {
        /// Light text on a dark background.
        case dark
        /// Dark text on a light background.
        case light
    }

    /// The theme's name, as `--theme` and the configuration use it.
    public internal(set) var name: String
    /// The glyphs that the theme asks for; without UTF-8 the program uses ASCII instead.
    public internal(set) var glyphSet: GlyphSet
    /// The eight levels of the sparkline, when the theme has its own.
    var spark: [String]?
    /// The styles that the theme itself sets, for a theme that extends it.
    var looks: [Role: Look]
    private var styles: [Role: Style]

    /// The style of a role, inherited from its parents where the theme has none.
    public subscript(role: Role) -> Style { styles[role] ?? .plain }

    /// The same roles without colours, for `NO_COLOR` and terminals without colours.
    public var monochrome: Theme {
        var theme = self
        theme.styles = styles.mapValues { Style(attributes: $0.attributes) }
        theme.looks = looks.mapValues { Look(foreground: .default, background: .default, attributes: $0.attributes) }
        return theme
    }

    /// The style that a theme sets for a role; parts that are `nil` come from the role's parent.
    struct Look: Hashable, Sendable {
        var foreground: Color?
        var background: Color?
        var attributes: Attributes = []
    }

    init(name: String, glyphSet: GlyphSet, spark: [String]?, looks: [Role: Look]) {
        self.name = name
        self.glyphSet = glyphSet
        self.spark = spark
        self.looks = looks
        styles = Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, Theme.style(of: $0, in: looks)) })
    }

    private static func style(of role: Role, in looks: [Role: Look]) -> Style {
        let inherited = role.parent.map { style(of: $0, in: looks) } ?? .plain
        guard let look = looks[role] else { return inherited }
        return Style(
            foreground: look.foreground ?? inherited.foreground, background: look.background ?? inherited.background,
            attributes: look.attributes)
    }
}
