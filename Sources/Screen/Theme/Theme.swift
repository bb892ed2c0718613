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
    /// Which of its two variants this is; `nil` when it has but one.
    var variant: Appearance?
    /// The glyphs that the theme asks for; without UTF-8 the program uses ASCII instead.
    public internal(set) var glyphSet: GlyphSet
    /// The eight levels of the sparkline, when the theme has its own.
    var spark: [String]?
    private var styles: [Role: Style]

    /// The style of a role, inherited from its parents where the theme has none.
    public subscript(role: Role) -> Style { styles[role] ?? .plain }

    /// The glyphs for a terminal that can display these.
    func glyphs(possible: GlyphSet) -> GlyphSet { possible == .ascii ? .ascii : glyphSet }

    /// The style that a theme sets for a role; parts that are `nil` come from the role's parent.
    struct Look: Hashable, Sendable {
        var foreground: Color?
        var background: Color?
        var attributes: Attributes = []
    }

    init(name: String, glyphSet: GlyphSet, spark: [String]?, looks: [Role: Look], canvas: Canvas) {
        self.name = name
        self.glyphSet = glyphSet
        self.spark = spark
        styles = Dictionary(
            uniqueKeysWithValues: Role.allCases.map { role in
                var style = Theme.style(of: role, in: looks)
                style.foreground = canvas.legible(style.foreground, on: style.background)
                return (role, style)
            })
    }

    private static func style(of role: Role, in looks: [Role: Look]) -> Style {
        let inherited = role.parent.map { style(of: $0, in: looks) } ?? .plain
        guard let look = looks[role] else { return inherited }
        return Style(
            foreground: look.foreground ?? inherited.foreground, background: look.background ?? inherited.background,
            attributes: look.attributes)
    }
}
