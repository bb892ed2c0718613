/// How each role looks, and which glyphs are drawn.
public struct Theme: Hashable, Sendable {
    /// What the background is like.
    public enum Appearance: String, Hashable, Sendable {
        /// Light text on dark.
        case dark
        /// Dark text on light.
        case light
    }

    /// The theme's name.
    public internal(set) var name: String
    /// The glyphs that the theme asks for; the program chooses ASCII by itself where the terminal needs it.
    public internal(set) var glyphSet: GlyphSet
    /// The eight steps of the sparkline, when the theme brings its own.
    var spark: [String]?
    /// What the theme says itself, for a theme that extends it.
    var looks: [Role: Look]
    private var styles: [Role: Style]

    /// How a role looks.
    public subscript(role: Role) -> Style { styles[role] ?? .plain }

    /// The same roles without colours, for `NO_COLOR` and for terminals that have none.
    public var monochrome: Theme {
        var theme = self
        theme.styles = styles.mapValues { Style(attributes: $0.attributes) }
        theme.looks = looks.mapValues { Look(foreground: .default, background: .default, attributes: $0.attributes) }
        return theme
    }

    /// What a theme says about a role; what is `nil` comes from the role's parent.
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
