import CTerminal
import Glibc

/// What is switched on while the screen is ours, and off when it is given back.
///
/// ncurses takes care of the screen itself, the caret and the keypad. The rest is ours, because ncurses has no word
/// for it.
struct Modes {
    /// Bytes that switch our modes on.
    let on: [UInt8]
    /// Bytes that switch them off.
    let off: [UInt8]
    /// Bytes that undo everything, ncurses' part too, for when ncurses cannot be asked any more.
    let rescue: [UInt8]

    /// The modes for the type of terminal whose screen is open.
    init() {
        func capability(_ name: String) -> String {
            terminal_screen_capability(name).map { Self.withoutPadding(String(cString: $0)) } ?? ""
        }
        // Bracketed paste, and reports of the focus.
        var on = "\u{1B}[?2004h\u{1B}[?1004h"
        var off = "\u{1B}[?2026l\u{1B}[?2004l\u{1B}[?1004l"
        // A terminal with the two screens of xterm knows, or ignores, the two ways of telling Shift-Enter from Enter:
        // kitty's keyboard protocol and modifyOtherKeys. Others could take them for something else.
        let leave = capability("rmcup")
        if leave.contains("[?1049l") {
            on += "\u{1B}[>1u\u{1B}[>4;1m"
            off += "\u{1B}[<u\u{1B}[>4m"
        }
        self.on = Array(on.utf8)
        self.off = Array(off.utf8)
        // Without a second screen, the prompt goes below what is shown.
        let end = leave.isEmpty ? "\r\n" : leave
        rescue = Array((off + capability("sgr0") + capability("rmkx") + capability("cnorm") + end).utf8)
    }

    /// A capability without its `$<2>`: how long a terminal of 1978 needs to recover.
    private static func withoutPadding(_ capability: String) -> String {
        var result = ""
        var rest = capability[...]
        while let dollar = rest.firstRange(of: "$<"), let close = rest[dollar.upperBound...].firstIndex(of: ">") {
            result += rest[..<dollar.lowerBound]
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// The modes of the line while the screen is ours: every key comes at once and as it is, and nothing is echoed.
    static func raw(from saved: termios) -> termios {
        var raw = saved
        raw.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | IXOFF | ISTRIP | INPCK | BRKINT | PARMRK)
        raw.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
        // A newline of ours only goes down, and a tab is not turned into blanks.
        raw.c_oflag &= ~tcflag_t(ONLCR | OCRNL | ONLRET | XTABS)
        withUnsafeMutableBytes(of: &raw.c_cc) { bytes in
            bytes[Int(VMIN)] = 1
            bytes[Int(VTIME)] = 0
        }
        return raw
    }
}
