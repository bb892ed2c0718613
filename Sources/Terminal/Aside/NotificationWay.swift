/// How a terminal tells the user something that happened while another window had the focus.
public enum NotificationWay: Hashable, Sendable {
    /// BEL.
    case bell
    /// OSC 9: iTerm, WezTerm, Ghostty, Windows Terminal.
    case osc9
    /// OSC 99: kitty.
    case osc99
    /// OSC 777: foot, Konsole, VTE, urxvt.
    case osc777

    /// The way that a terminal understands, by what its environment says; the bell where that is unknown, and in a
    /// multiplexer, which keeps the other sequences to itself.
    public init(environment: [String: String]) {
        let (type, program) = (environment["TERM"] ?? "", environment["TERM_PROGRAM"] ?? "")
        if environment["TMUX"] != nil || type.hasPrefix("screen") || type.hasPrefix("tmux") {
            self = .bell
        } else if type.contains("kitty") {
            self = .osc99
        } else if ["iTerm.app", "WezTerm", "ghostty"].contains(program) || environment["WT_SESSION"] != nil {
            self = .osc9
        } else if type.hasPrefix("foot") || type.hasPrefix("rxvt-unicode") || environment["KONSOLE_VERSION"] != nil {
            self = .osc777
        } else {
            self = .bell
        }
    }

    /// The sequence for a text.
    func sequence(_ text: String) -> String {
        let text = text.withoutControls
        return switch self {
        case .bell: "\u{7}"
        case .osc9: "\u{1B}]9;\(text)\u{1B}\\"
        case .osc99: "\u{1B}]99;;\(text)\u{1B}\\"
        // Semicolons separate the title from the text.
        case .osc777: "\u{1B}]777;notify;belay;\(text.replacing(";", with: ","))\u{1B}\\"
        }
    }
}

extension String {
    /// The text in a sequence of the terminal: at most 200 characters, and none that could end it.
    var withoutControls: String {
        var clean = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: clean.append(" ")
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }
}
