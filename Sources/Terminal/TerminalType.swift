/// The terminfo entries to try, and what the environment says about colours.
///
/// New terminals have names of their own in `TERM` that the terminfo of an older system does not have. They are
/// compatible with xterm, so its entry is used.
struct TerminalType: Hashable, Sendable {
    /// The names of entries to look up, best first.
    let candidates: [String]
    /// Whether colours are allowed (https://no-color.org).
    let allowsColor: Bool
    /// Whether links may be sent (OSC 8): tmux keeps them to itself before 3.4, and terminals that are no xterm could print
    /// them.
    let showsLinks: Bool
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
        let isOldTmux =
            environment["TERM_PROGRAM"] == "tmux" && (environment["TERM_PROGRAM_VERSION"] ?? "").isVersion(before: 3, 4)
        let isPlain = ["linux", "vt", "cons", "sun"].contains { name.hasPrefix($0) }
        showsLinks = !name.isEmpty && !isPlain && !isOldTmux
        allowsColor = (environment["NO_COLOR"] ?? "").isEmpty
        claimsTrueColor = ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
    }
}

extension String {
    /// Whether the text begins with a version number, such as `3.3a`, below this one.
    fileprivate func isVersion(before major: Int, _ minor: Int) -> Bool {
        let numbers = drop { !$0.isNumber }.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
        guard let first = numbers.first else { return false }
        return first < major || first == major && (numbers.count > 1 ? numbers[1] : 0) < minor
    }
}
