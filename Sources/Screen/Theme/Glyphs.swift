/// Which characters the screen is drawn with.
public enum GlyphSet: String, Hashable, Sendable {
    /// Lines, blocks and symbols of one column each.
    case unicode
    /// Nothing but ASCII, for terminals and fonts that cannot be trusted with more.
    case ascii
}

/// The characters the screen is drawn with; every one has its twin in ASCII.
struct Glyphs: Hashable, Sendable {
    /// How many steps the sparkline has.
    static let sparkSteps = 8

    let kind: GlyphSet
    /// The steps of the sparkline, lowest first.
    let spark: [String]

    init(_ kind: GlyphSet, spark own: [String]? = nil) {
        self.kind = kind
        spark = kind == .ascii ? ["_", ".", "-", "=", "o", "*", "#", "@"] : own ?? Glyphs.blocks
    }

    private static let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    private func pick(_ unicode: String, _ ascii: String) -> String { kind == .unicode ? unicode : ascii }

    var rule: String { pick("─", "-") }
    var prompt: String { ">" }
    var ellipsis: String { pick("…", "...") }
    var separator: String { pick("·", "|") }
    var down: String { pick("↓", "v") }
    var up: String { pick("↑", "^") }
    var writing: String { pick("▌", "_") }
    var planNow: String { pick("▸", ">") }
    var planDone: String { pick("✓", "ok") }
    var barFull: String { pick("▰", "#") }
    var barEmpty: String { pick("▱", ".") }
    var barOpen: String { pick("", "[") }
    var barClose: String { pick("", "]") }
    var resume: String { pick("↻", "resume") }
    var minus: String { pick("−", "-") }

    var queued: String { pick("◷", "~") }
    var refused: String { pick("✕", "x") }
    var failed: String { pick("✕", "x") }

    /// The marks of a tool call, all as wide as ``toolColumns``.
    var toolDone: String { pick("✓", "ok ") }
    var toolFailed: String { pick("✕", "err") }
    var toolPending: String { pick("·", ".. ") }
    /// The call was running when the connection was lost; whether it still is, nobody here knows.
    var toolUnknown: String { pick("◌", "?  ") }
    var toolColumns: Int { kind == .unicode ? 1 : 3 }

    /// The mark of something that goes on, at a quarter of a second.
    func spinner(_ step: Int64) -> String {
        kind == .ascii ? "run" : Glyphs.wheel[Int(((step % 10) + 10) % 10)]
    }

    private static let wheel = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    /// A state of the connection with its mark.
    func state(_ mark: String, _ word: String) -> String { kind == .unicode ? "\(mark) \(word)" : "[\(word)]" }

    /// Our own words in the characters of this set.
    func own(_ text: String) -> String {
        if kind == .unicode { return text }
        var plain = ""
        for character in text {
            switch character {
            case "·": plain += "|"
            case "—", "–", "−", "─": plain += "-"
            case "…": plain += "..."
            case "→": plain += "->"
            case "↑": plain += "Up"
            default: plain.append(character)
            }
        }
        return plain
    }
}
