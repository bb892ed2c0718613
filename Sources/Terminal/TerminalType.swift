/// The terminfo entries to try, and what the environment says about colours.
///
/// New terminals have names of their own in `TERM` that the terminfo of an older system does not have. They are
/// compatible with xterm, so its entry is used.
struct TerminalType: Hashable, Sendable {
    /// The names of entries to look up, best first.
    let candidates: [String]
    /// Whether colours are allowed (https://no-color.org).
    let allowsColor: Bool
    /// Whether `COLORTERM` announces 24-bit colours.
    let claimsTrueColor: Bool

    /// Terminals that are compatible with xterm and missing from the terminfo of older systems.
    private static let resembleXterm = [
        "xterm-", "alacritty", "contour", "foot", "ghostty", "iterm", "kitty", "konsole", "mintty", "rio", "st-",
        "vte", "wezterm",
    ]

    /// Reads `TERM`, `NO_COLOR` and `COLORTERM`.
    ///
    /// - Throws: ``TerminalError/dumb`` for `TERM=dumb`.
    init(environment: [String: String]) throws(TerminalError) {
        let name = environment["TERM"] ?? ""
        guard name != "dumb" else { throw .dumb }
        var candidates = name.isEmpty ? [] : [name]
        if Self.resembleXterm.contains(where: name.hasPrefix) { candidates.append("xterm-256color") }
        if name.hasPrefix("tmux") || name.hasPrefix("screen") { candidates.append("screen-256color") }
        for last in ["xterm", "vt100"] where !candidates.contains(last) { candidates.append(last) }
        self.candidates = candidates
        allowsColor = (environment["NO_COLOR"] ?? "").isEmpty
        claimsTrueColor = ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
    }
}
