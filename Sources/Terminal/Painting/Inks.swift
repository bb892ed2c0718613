import CTerminal
import Screen

/// Looks as ncurses takes them: attributes and the number of a pair of colours.
struct Inks {
    private struct Pair: Hashable {
        let foreground: Int32
        let background: Int32
    }

    private static let plain = Pair(foreground: -1, background: -1)

    private let palette: Palette
    /// How "struck through" is said.
    private let strike: UInt32
    /// Whether the numbers of colours are lent to any colour there is.
    private let lendsColors: Bool
    private let pairsMaximum: Int
    private var pairs = [Self.plain: Int32(0)]
    private(set) var translator: SGRTranslator

    /// Starts the colours of the screen that is open.
    init(type: TerminalType) {
        let colors = Int(type.allowsColor ? terminal_screen_start_color() : 0)
        palette = Palette(colors: colors)
        // One is kept back, so that ncurses never has to take an old pair, which may be on the screen, for a new one.
        pairsMaximum = colors > 0 ? Int(terminal_screen_pairs_maximum()) - 1 : 1
        // The translation reads what ncurses writes, so it is done only where that is known word for word.
        let example = terminal_screen_foreground(100).map { String(cString: $0) }
        lendsColors = type.claimsTrueColor && palette == .indexed && example == "\u{1B}[38;5;100m"
        let invisible = terminal_screen_capability("invis").map { String(cString: $0) }
        strike = UInt32(invisible == "\u{1B}[8m" ? TERMINAL_INVISIBLE : TERMINAL_DIM)
        translator = SGRTranslator()
    }

    /// Whether what ncurses writes has to be translated.
    var needsTranslation: Bool { lendsColors || strike == UInt32(TERMINAL_INVISIBLE) }

    /// Forgets the colours in use, so that there is room for others. What is shown must then be painted anew.
    mutating func forget() {
        terminal_screen_forget_pairs()
        pairs = [Self.plain: 0]
        translator.forget()
    }

    /// Sets the look of what is drawn next.
    mutating func use(_ style: Style) {
        terminal_screen_style(attributes(style.attributes), pair(style))
    }

    private func attributes(_ wanted: Attributes) -> UInt32 {
        var bits: UInt32 = 0
        if wanted.contains(.bold) { bits |= UInt32(TERMINAL_BOLD) }
        if wanted.contains(.dim) { bits |= UInt32(TERMINAL_DIM) }
        if wanted.contains(.italic) { bits |= UInt32(TERMINAL_ITALIC) }
        if wanted.contains(.underline) { bits |= UInt32(TERMINAL_UNDERLINE) }
        if wanted.contains(.reverse) { bits |= UInt32(TERMINAL_REVERSE) }
        if wanted.contains(.strike) { bits |= strike }
        return bits
    }

    /// The pair of a look. Text without its colours can be read; so when there is no room, it has none.
    private mutating func pair(_ style: Style) -> Int32 {
        let wanted = Pair(foreground: number(of: style.foreground), background: number(of: style.background))
        if let known = pairs[wanted] { return known }
        guard pairs.count < pairsMaximum else { return 0 }
        let made = terminal_screen_pair(wanted.foreground, wanted.background)
        guard made > 0 else { return 0 }
        pairs[wanted] = made
        return made
    }

    private mutating func number(of color: Color) -> Int32 {
        guard lendsColors, color != .default else { return palette.number(of: color) }
        return translator.number(of: color) ?? palette.number(of: .default)
    }
}
