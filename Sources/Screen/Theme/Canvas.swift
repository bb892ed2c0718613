/// What a theme is painted on: whether the terminal is dark or light, and how many colours it has.
public struct Canvas: Hashable, Sendable {
    /// Which variant of a theme's colours is used.
    public var appearance: Theme.Appearance
    /// Which colours the terminal has.
    public var depth: ColorDepth
    /// The colour of the terminal's background, when the terminal has said it.
    public var background: RGB?

    /// Creates a canvas; by default a dark one, with 24-bit colours.
    public init(appearance: Theme.Appearance = .dark, depth: ColorDepth = .direct, background: RGB? = nil) {
        (self.appearance, self.depth, self.background) = (appearance, depth, background)
    }

    /// Whether there are so few colours that a pair of them may be the same by accident.
    private var isCoarse: Bool { depth == .eight || depth == .sixteen }

    /// A foreground that can be told from its background: with few colours two shades may have become the same one.
    func legible(_ foreground: Color, on background: Color) -> Color {
        guard isCoarse, case .palette(let index) = foreground else { return foreground }
        if foreground == background {
            if depth == .sixteen, (1..<7).contains(index) { return .palette(index + 8) }
            return index == 0 || index == 1 || index == 4 || index == 5 || index == 8 ? .palette(7) : .palette(0)
        }
        guard background == .default else { return foreground }
        // What the terminal's background most probably is.
        switch (appearance, index) {
        case (.dark, 0): return depth == .sixteen ? .palette(8) : .default
        case (.light, 15), (.light, 7): return depth == .sixteen ? .palette(8) : .default
        default: return foreground
        }
    }

    /// A colour slightly off a background, for the rows that frame the screen.
    func surface(on background: Color) -> Color {
        guard depth == .direct || depth == .indexed, let base = background.parts ?? self.background else {
            return .default
        }
        let shade = base.isDark ? base.mixed(with: RGB(0xFFFFFF), 0.08) : base.mixed(with: RGB(0x000000), 0.05)
        return depth.reduced(Color(shade))
    }
}
