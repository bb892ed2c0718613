/// Which descriptions of terminals to try, and what the environment says about colours.
///
/// Young terminals name themselves in `TERM`, and a system that is a few years old has never heard of them. They all
/// understand what xterm understands, so that is what they are taken for.
struct TerminalType: Hashable, Sendable {
    /// The names to look up, best first.
    let candidates: [String]
    /// Whether colours are allowed at all (https://no-color.org).
    let allowsColor: Bool
    /// Whether it says that it shows sixteen million colours.
    let claimsTrueColor: Bool

    /// Terminals that resemble a current xterm and are missing from the descriptions of older systems.
    private static let resembleXterm = [
        "xterm-", "alacritty", "contour", "foot", "ghostty", "iterm", "kitty", "konsole", "mintty", "rio", "st-",
        "vte", "wezterm",
    ]

    /// Reads the environment.
    ///
    /// - Throws: ``TerminalError/dumb``.
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
