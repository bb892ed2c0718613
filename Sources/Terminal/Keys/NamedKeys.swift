import CTerminal
import Screen

/// The key sequences of the terminal's terminfo entry.
///
/// Most terminals follow the conventions of ``KeySequence``; these entries take precedence, for the few that do not.
enum NamedKeys {
    private static let names: [(capability: String, key: Key)] =
        [
            ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
            ("kpp", .pageUp), ("knp", .pageDown), ("kdch1", .delete), ("kcbt", .backTab), ("kent", .enter),
            ("kLFT5", .wordLeft), ("kRIT5", .wordRight), ("kLFT3", .wordLeft), ("kRIT3", .wordRight),
        ] + (1...12).map { ("kf\($0)", .function($0)) }

    /// The sequences of the open screen's terminal type, without ESC.
    static func read() -> [[UInt8]: Key] {
        var result: [[UInt8]: Key] = [:]
        for (name, key) in names {
            guard let value = terminal_screen_capability(name) else { continue }
            let bytes = Array(String(cString: value).utf8)
            // A single byte is a control character, which means the same on every terminal.
            if bytes.count > 2, bytes[0] == 0x1B { result[Array(bytes.dropFirst())] = key }
        }
        return result
    }
}
