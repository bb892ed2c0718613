import CTerminal
import Screen

/// Maps styles to what ncurses takes: attributes and the number of a colour pair.
struct Inks {
    private struct Pair: Hashable {
        let foreground: Color
        let background: Color
    }

    private static let plain = Pair(foreground: .default, background: .default)

    /// The colours that are drawn with ncurses.
    private let palette: ColorDepth
    /// The ncurses attribute that stands for strike-through.
    private let strike: UInt32
    /// Whether palette numbers are lent to 24-bit colours; see ``SGRTranslator``.
    private let lendsColors: Bool
    private let pairsMaximum: Int
    private var pairs = [Self.plain: Int32(0)]
    private(set) var translator: SGRTranslator

    /// Initialises the colours of the open screen.
    init(type: TerminalType) {
        let colors = Int(type.allowsColor ? terminal_screen_start_color() : 0)
        palette = ColorDepth(colors: colors)
        // One pair is kept free, so that ncurses never reuses a pair that may still be on the screen.
        pairsMaximum = colors > 0 ? Int(terminal_screen_pairs_maximum()) - 1 : 1
        // The translation parses the output of ncurses, so it is used only where the output for an example is as
        // expected.
        let example = terminal_screen_foreground(100).map { String(cString: $0) }
        lendsColors = type.claimsTrueColor && palette == .indexed && example == "\u{1B}[38;5;100m"
        let invisible = terminal_screen_capability("invis").map { String(cString: $0) }
        strike = UInt32(invisible == "\u{1B}[8m" ? TERMINAL_INVISIBLE : TERMINAL_DIM)
        translator = SGRTranslator()
    }

    /// The colours that the terminal has.
    var depth: ColorDepth { lendsColors ? .direct : palette }

    /// Whether the output of ncurses must be translated.
    var needsTranslation: Bool { lendsColors || strike == UInt32(TERMINAL_INVISIBLE) }

    /// Releases all colours, to make room for others. The screen must then be repainted.
    mutating func forget() {
        terminal_screen_forget_pairs()
        pairs = [Self.plain: 0]
        translator.forget()
    }

    /// Sets the style of the text that is drawn next.
    mutating func use(_ style: Style, isLink: Bool) {
        let link = isLink ? UInt32(TERMINAL_LINK) : 0
        terminal_screen_style(attributes(style.attributes) | link, pair(style))
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

    /// The colour pair of a style; without room the default pair, since text without colours is still readable.
    private mutating func pair(_ style: Style) -> Int32 {
        let wanted = Pair(foreground: style.foreground, background: style.background)
        if let known = pairs[wanted] { return known }
        guard pairs.count < pairsMaximum else { return 0 }
        let made = terminal_screen_pair(number(of: wanted.foreground), number(of: wanted.background))
        guard made > 0 else { return 0 }
        pairs[wanted] = made
        return made
    }

    private mutating func number(of color: Color) -> Int32 {
        guard lendsColors, color != .default else { return palette.number(of: color) }
        return translator.number(of: color) ?? palette.number(of: .default)
    }
}
