/// Something about a theme that makes it hard to read.
public enum ThemeFinding: Hashable, Sendable, CustomStringConvertible {
    /// A role's text has less contrast with its background than it needs.
    case contrast(Role, Canvas, tenths: Int, neededTenths: Int)
    /// Two roles look the same, and the difference matters.
    case same(Role, Role, Canvas)

    /// The finding in one sentence.
    public var description: String {
        func number(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }
        switch self {
        case .contrast(let role, let canvas, let tenths, let needed):
            return "'\(role.rawValue)' has a contrast of \(number(tenths)), and needs \(number(needed))"
                + " (\(canvas.words))."
        case .same(let role, let other, let canvas):
            return "'\(role.rawValue)' and '\(other.rawValue)' look the same (\(canvas.words))."
        }
    }
}

/// Checks a theme in both appearances and with every number of colours.
public enum ThemeReview {
    /// What is hard to read in a theme, in the order of the roles.
    ///
    /// Colours that users change, which are the terminal's own and the first sixteen, are right by their choice. On the
    /// terminal's own background a colour is measured against usual ones.
    ///
    /// - Throws: ``ThemeError`` when the table is no theme.
    public static func findings(_ table: ThemeTable) throws(ThemeError) -> [ThemeFinding] {
        let only = try ThemeHeader(table).appearance
        var findings: [ThemeFinding] = []
        for appearance in [Theme.Appearance.dark, .light] where only == nil || only == appearance {
            for depth in [ColorDepth.direct, .indexed, .sixteen, .mono] {
                let canvas = Canvas(appearance: appearance, depth: depth)
                let theme = try Theme(table, on: canvas)
                if depth == .direct || depth == .indexed { findings += contrasts(of: theme, on: canvas) }
                let pairs = depth == .mono ? distinctWithoutColor : distinct
                findings += pairs.filter { theme[$0] == theme[$1] }.map { .same($0, $1, canvas) }
            }
        }
        var seen: Set<ThemeFinding> = []
        return findings.filter { seen.insert($0).inserted }
    }

    /// What need not be read word by word: it may have less contrast.
    static let muted: Set<Role> = [
        .textMuted, .agentThought, .border, .borderFocus, .gap, .planTodo, .statusLatency, .inputPlaceholder,
        .syntaxComment, .sparkGood, .sparkBad,
    ]

    /// Roles whose difference is a message.
    private static let distinct: [(Role, Role)] = [
        (.statusLive, .statusRetry), (.statusRetry, .statusOffline), (.statusLive, .statusOffline),
        (.diffAdd, .diffRemove), (.toolRunning, .toolFailed), (.error, .text), (.selection, .text),
        (.permission, .text), (.sparkGood, .sparkBad),
    ]

    /// Without colours the words, marks and signs on the screen say the rest.
    private static let distinctWithoutColor: [(Role, Role)] = [
        (.selection, .text), (.error, .text), (.permission, .text), (.statusOffline, .statusLatency),
    ]

    private static func contrasts(of theme: Theme, on canvas: Canvas) -> [ThemeFinding] {
        Role.allCases.compactMap { role in
            let style = theme[role]
            guard let text = measured(style.foreground) else { return nil }
            let grounds = style.background == .default ? usual(canvas.appearance) : [measured(style.background)]
            let ratios = grounds.compactMap(\.self).map { Contrast.ratio(text, $0) }
            let needed = muted.contains(role) ? Contrast.muted : Contrast.text
            guard let ratio = ratios.min(), ratio < needed else { return nil }
            return .contrast(role, canvas, tenths: Int(ratio * 10), neededTenths: Int(needed * 10))
        }
    }

    private static func measured(_ color: Color) -> RGB? {
        if case .palette(..<16) = color { nil } else { color.parts }
    }

    /// Backgrounds that terminals have.
    private static func usual(_ appearance: Theme.Appearance) -> [RGB?] {
        appearance == .dark ? [RGB(0x000000), RGB(0x1E1E2E)] : [RGB(0xFFFFFF), RGB(0xF4F1EA)]
    }
}

extension Canvas {
    fileprivate var words: String {
        let colors =
            switch depth {
            case .mono: "no colours"
            case .eight: "8 colours"
            case .sixteen: "16 colours"
            case .indexed: "256 colours"
            case .direct: "24-bit colours"
            }
        return "\(appearance.rawValue), \(colors)"
    }
}
