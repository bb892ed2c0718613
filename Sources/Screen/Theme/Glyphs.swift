/// The set of characters that the screen uses for lines and symbols.
public enum GlyphSet: String, Hashable, Sendable {
    /// Box drawing, block elements and symbols, each one column wide.
    case unicode
    /// ASCII only, for terminals, locales and fonts without the others.
    case ascii
}

/// The characters of the screen; each has a substitute in ASCII.
struct Glyphs: Hashable, Sendable {
    /// How many levels the sparkline has.
    static let sparkSteps = 8

    let kind: GlyphSet
    /// The levels of the sparkline, lowest first.
    let spark: [String]

    init(_ kind: GlyphSet, spark own: [String]? = nil) {
        self.kind = kind
        spark = kind == .ascii ? ["_", ".", "-", "=", "o", "*", "#", "@"] : own ?? Glyphs.blocks
    }

    private static let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    private func pick(_ unicode: String, _ ascii: String) -> String { kind == .unicode ? unicode : ascii }

    var rule: String { pick("─", "-") }
    var side: String { pick("│", "|") }
    /// Where a side ends on a rule.
    var joint: String { pick("┴", "+") }
    /// The corners of a frame.
    var corners: (topLeft: String, topRight: String, bottomLeft: String, bottomRight: String) {
        kind == .unicode ? ("┌", "┐", "└", "┘") : ("+", "+", "+", "+")
    }
    /// The crossing of a rule and a side.
    var cross: String { pick("┼", "+") }
    /// The mark of an item of a list, by its depth.
    func bullet(_ depth: Int) -> String { kind == .ascii ? "-" : Glyphs.bullets[depth % Glyphs.bullets.count] }
    private static let bullets = ["•", "◦", "▪"]
    func box(isChecked: Bool) -> String { isChecked ? pick("[✓]", "[x]") : "[ ]" }
    var prompt: String { ">" }
    var search: String { "?" }
    var unread: String { pick("●", "*") }
    var ellipsis: String { pick("…", "...") }
    var separator: String { pick("·", "|") }
    var down: String { pick("↓", "v") }
    var left: String { pick("←", "Left") }
    var right: String { pick("→", "Right") }
    /// The arrow keys.
    var upKey: String { pick("↑", "Up") }
    var downKey: String { pick("↓", "Down") }
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

    /// The marks of tool calls; their widths are equal within a set (``toolColumns``).
    var toolDone: String { pick("✓", "ok ") }
    var toolFailed: String { pick("✕", "err") }
    var toolPending: String { pick("·", ".. ") }
    /// The call was running when the connection was lost, so its present state is unknown.
    var toolUnknown: String { pick("◌", "?  ") }
    var toolColumns: Int { kind == .unicode ? 1 : 3 }

    /// The states of a chat in the column of chats.
    var chatWorking: String { pick("●", "*") }
    var chatIdle: String { pick("○", "o") }
    var chatWaiting: String { pick("◌", "?") }
    var chatEnded: String { pick("✕", "x") }

    /// The spinner's character at a step of ``Ticks/spinner``.
    func spinner(_ step: Int64) -> String {
        kind == .ascii ? "run" : Glyphs.wheel[Int(((step % 10) + 10) % 10)]
    }

    private static let wheel = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    /// The label of a connection state, with its mark.
    func state(_ mark: String, _ word: String) -> String { kind == .unicode ? "\(mark) \(word)" : "[\(word)]" }

    /// Replaces the symbols in our own text by those of this set.
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
