import Screen
import Testing

@testable import Terminal

extension OnATerminal {
    /// What is written beside the frames.
    @Suite struct Aside {
        @Test func theTitleIsSetOnceAndRestored() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            terminal.paint(Frame(["text"]))
            #expect(try pseudo.shown().contains("\u{1B}[22;2t"), "the one before is kept")
            terminal.setTitle("chat\u{7}\u{1B}]0;evil\u{202E} - belay")
            #expect(try pseudo.shown() == "\u{1B}]2;chat  ]0;evil  - belay\u{1B}\\")
            terminal.setTitle("chat\u{7}\u{1B}]0;evil\u{202E} - belay")
            #expect(try pseudo.shown() == "")
            terminal.lend {}
            #expect(try pseudo.shown().hasSuffix("\u{1B}]2;chat  ]0;evil  - belay\u{1B}\\"))
            terminal.restore()
            #expect(try pseudo.shown().contains("\u{1B}[23;2t"))
        }

        @Test func aTextIsHandedToTheClipboard() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            _ = try pseudo.shown()
            #expect(terminal.copy("\u{1B}[31m né"))
            #expect(try pseudo.shown() == "\u{1B}]52;c;G1szMW0gbsOp\u{1B}\\")
            #expect(!terminal.copy(String(repeating: "x", count: Terminal.clipboardBytesMaximum + 1)))
            #expect(try pseudo.shown() == "")
        }

        @Test func aTerminalThatWouldPrintThemGetsNone() throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open(environment: ["TERM": "vt100"])
            terminal.paint(Frame(["text"]))
            _ = try pseudo.shown()
            terminal.setTitle("title")
            #expect(!terminal.copy("text"))
            #expect(try pseudo.shown() == "")
        }

        @Test(arguments: [
            (NotificationWay.bell, "\u{7}"), (.osc9, "\u{1B}]9;a  ]9;b;c\u{1B}\\"),
            (.osc99, "\u{1B}]99;;a  ]9;b;c\u{1B}\\"), (.osc777, "\u{1B}]777;notify;belay;a  ]9,b,c\u{1B}\\"),
        ])
        func aNotificationCannotEndItself(way: NotificationWay, shown: String) throws {
            let pseudo = try PseudoTerminal()
            let terminal = try pseudo.open()
            _ = try pseudo.shown()
            terminal.notify("a\u{7}\u{1B}]9;b;c", by: way)
            terminal.notify("never", by: nil)
            #expect(try pseudo.shown() == shown)
        }
    }
}

@Suite struct NotificationWayTests {
    @Test(arguments: [
        (["TERM": "xterm-kitty"], NotificationWay.osc99), (["TERM": "xterm-256color"], .bell),
        (["TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"], .osc9), (["TERM": "foot"], .osc777),
        (["TERM": "xterm-256color", "KONSOLE_VERSION": "230800"], .osc777),
        (["TERM": "tmux-256color", "TMUX": "/tmp/x,1,0", "TERM_PROGRAM": "ghostty"], .bell), ([:], .bell),
    ])
    func theTerminalIsToldInItsOwnWay(environment: [String: String], way: NotificationWay) {
        #expect(NotificationWay(environment: environment) == way)
    }
}

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func theExamplesOfTheStandardHold(text: String, encoded: String) {
        #expect(Base64.text(of: text.utf8) == encoded)
    }
}
