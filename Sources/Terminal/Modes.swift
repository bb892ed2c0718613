import CTerminal
import Glibc

/// The terminal modes that are set while the screen is in use, and reset when the terminal is given back.
///
/// ncurses handles the alternate screen, the cursor and the keypad. These modes are the ones that it does not support.
struct Modes {
    /// The escape sequences that set the modes.
    let on: [UInt8]
    /// The escape sequences that reset them.
    let off: [UInt8]
    /// The escape sequences that reset everything, including ncurses' part, for when ncurses cannot run any more.
    let rescue: [UInt8]
    /// Whether the terminal answers questions about itself, or ignores them.
    let asks: Bool

    /// The modes for the terminal type of the open screen.
    init() {
        func capability(_ name: String) -> String {
            terminal_screen_capability(name).map { Self.withoutPadding(String(cString: $0)) } ?? ""
        }
        // Bracketed paste, and focus events.
        var on = "\u{1B}[?2004h\u{1B}[?1004h"
        var off = "\u{1B}[?2026l\u{1B}[?2004l\u{1B}[?1004l"
        // A terminal with xterm's alternate screen supports, or ignores, the two ways of telling Shift-Enter from
        // Enter: kitty's keyboard protocol and modifyOtherKeys. Others could misinterpret them.
        let leave = capability("rmcup")
        asks = leave.contains("[?1049l")
        if asks {
            // With reports when the user changes between dark and light, and the window's title kept for later.
            on += "\u{1B}[>1u\u{1B}[>4;1m\u{1B}[?2031h\u{1B}[22;2t"
            off += "\u{1B}[<u\u{1B}[>4m\u{1B}[?2031l\u{1B}[23;2t"
        }
        // ncurses has set the scroll region of a screen with as many rows as terminfo says. It sets its own with every use,
        // so this matters to whoever comes after a kill.
        let scrolling = capability("csr").hasPrefix("\u{1B}[%i%p1%d;%p2%dr") ? "\u{1B}[r" : ""
        // It moves the cursor.
        if !scrolling.isEmpty { on += "\u{1B}7\(scrolling)\u{1B}8" }
        self.on = Array(on.utf8)
        self.off = Array(off.utf8)
        // Without an alternate screen, the shell's prompt goes below the last frame.
        let end = leave.isEmpty ? "\r\n" : leave
        rescue = Array((off + scrolling + capability("sgr0") + capability("rmkx") + capability("cnorm") + end).utf8)
    }

    /// A capability without its padding `$<2>`, the delay that terminals of 1978 needed.
    private static func withoutPadding(_ capability: String) -> String {
        var result = ""
        var rest = capability[...]
        while let dollar = rest.firstRange(of: "$<"), let close = rest[dollar.upperBound...].firstIndex(of: ">") {
            result += rest[..<dollar.lowerBound]
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// The termios modes while the screen is in use: bytes arrive at once and unchanged, without echo.
    static func raw(from saved: termios) -> termios {
        var raw = saved
        raw.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | IXOFF | ISTRIP | INPCK | BRKINT | PARMRK)
        raw.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
        // Output processing is off: a newline must not return the carriage, and tabs are not expanded.
        raw.c_oflag &= ~tcflag_t(ONLCR | OCRNL | ONLRET | XTABS)
        withUnsafeMutableBytes(of: &raw.c_cc) { bytes in
            bytes[Int(VMIN)] = 1
            bytes[Int(VTIME)] = 0
        }
        return raw
    }
}
