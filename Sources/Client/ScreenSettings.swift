import TOMLKit

/// What the configuration says about the screen: `theme`, and the section `[ui]`.
public struct ScreenSettings: Hashable, Sendable {
    /// A choice that is made for the user unless the configuration makes it.
    public enum Appearance: String, Hashable, Sendable, CaseIterable {
        /// As the terminal's background is.
        case auto
        /// For a dark background.
        case dark
        /// For a light background.
        case light
    }

    /// Which characters are drawn.
    public enum GlyphChoice: String, Hashable, Sendable, CaseIterable {
        /// Those that the terminal can display.
        case auto
        /// ASCII only.
        case ascii
    }

    /// The name of the theme on a dark background, when the configuration has one; `BELAY_THEME` takes precedence.
    public var themeOnDark: String?
    /// The name of the theme on a light background, when the configuration has one; `BELAY_THEME` takes precedence.
    public var themeOnLight: String?
    /// How the user is told of an answer or a question while another window has the focus.
    public enum Notification: String, Hashable, Sendable, CaseIterable {
        /// As the terminal can do it.
        case auto
        /// By the terminal's bell.
        case bell
        /// By a sequence that the terminal shows on the desktop.
        case osc9, osc99, osc777
        /// Not at all.
        case none
    }

    /// What may move on the screen.
    public enum Motion: String, Hashable, Sendable, CaseIterable {
        /// The spinner turns.
        case full
        /// Nothing moves by itself.
        case none
    }

    /// How the user is told what happened (`ui.notify`).
    public var notification = Notification.auto
    /// What may move on the screen (`ui.motion`).
    public var motion = Motion.full
    /// Which of a theme's variants is used (`ui.appearance`).
    public var appearance = Appearance.auto
    /// Which characters are drawn (`ui.glyphs`).
    public var glyphs = GlyphChoice.auto
    /// Whether the row of hints is shown (`ui.hints`); `nil` to show it to those who are new.
    public var hasHints: Bool?

    /// The defaults.
    public init() {}

    /// Reads `theme`: a name, or a table of two.
    mutating func readTheme(_ value: any TOMLValueConvertible, file: String) throws(ClientError) {
        if let name = value.string {
            (themeOnDark, themeOnLight) = (name, name)
            return
        }
        guard let table = value.table else {
            throw .configuration("\(file): 'theme' must be a string, or { dark = \"NAME\", light = \"NAME\" }")
        }
        for (key, value) in table {
            guard let name = value.string else { throw .configuration("\(file): 'theme.\(key)' must be a string") }
            switch key {
            case "dark": themeOnDark = name
            case "light": themeOnLight = name
            default: throw .configuration("\(file): the key 'theme.\(key)' is unknown: it may be dark or light")
            }
        }
    }

    /// Reads the section `[ui]`.
    mutating func readSection(_ section: TOMLTable, file: String) throws(ClientError) {
        for (key, value) in section {
            switch key {
            case "hints": hasHints = try Self.bool(value, key, file)
            case "appearance": appearance = try Self.choice(value, key, file)
            case "motion": motion = try Self.choice(value, key, file)
            case "notify": notification = try Self.choice(value, key, file)
            case "glyphs": glyphs = try Self.choice(value, key, file)
            default:
                throw .configuration("\(file): the key 'ui.\(key)' is unknown: check its spelling in belay(1)")
            }
        }
    }

    private static func bool(
        _ value: any TOMLValueConvertible, _ key: String, _ file: String
    ) throws(ClientError) -> Bool {
        guard let bool = value.bool else { throw .configuration("\(file): 'ui.\(key)' must be true or false") }
        return bool
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: any TOMLValueConvertible, _ key: String, _ file: String
    ) throws(ClientError) -> Choice {
        guard let known = value.string.flatMap(Choice.init(rawValue:)) else {
            let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw .configuration("\(file): 'ui.\(key)' must be one of \(names)")
        }
        return known
    }
}
