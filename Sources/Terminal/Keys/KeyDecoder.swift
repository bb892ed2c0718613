import Screen

/// Makes keys of the bytes a terminal sends, cut anywhere.
///
/// It stands in for ncurses' own reading, which waits inside the call when a sequence is cut, hands on what it does
/// not know as typed text, and keeps its state where no test can see it. Here the state is a value, waiting is a
/// duration the caller is told, and a sequence that means nothing to us, such as the answer to a question or a click,
/// is swallowed whole: text that the user did not type must never appear in the prompt.
///
/// ```
///            text                 ┌────────────── end of sequence, cancel, settle ─────────────┐
///   ground ──ESC──► escape ──[ O──► sequence ──CSI M──► click (three bytes more)               │
///      ▲                ├──] P X ^ _──► string ──BEL, ESC \───────────────────────────────────►│
///      │                ├──else──► Alt with that                                               │
///      │                └──CSI 200~──► paste ──CSI 201~────────────────────────────────────────┤
///      └───────────────────────────────────────────────────────────────────────────────────────┘
/// ```
struct KeyDecoder: Sendable {
    private enum State: Hashable {
        /// Nothing has begun but, perhaps, a character: the bytes it has so far.
        case ground([UInt8])
        /// ESC: the key, or the beginning of something.
        case escape
        /// Alt with a character of more than one byte: those it has so far.
        case alt([UInt8])
        /// A control sequence: what came after ESC.
        case sequence([UInt8])
        /// A click in the old form: how many bytes are still to come.
        case click(Int)
        /// A string for a terminal, or from it: what came after ESC, how much of it, and whether ESC came last.
        case string(introducer: UInt8, isEmpty: Bool, afterEscape: Bool)
        /// Between the marks of a paste.
        case paste(PasteCollector)
    }

    /// The longest sequence that can be a key, in bytes; what is longer is swallowed to its end.
    static let sequenceBytesMaximum = 64
    /// How long the rest of a sequence is waited for.
    static let sequencePatience = Duration.milliseconds(250)
    /// How long a paste may pause. It is long, as the rest of a paste taken for typing could send a message; but an
    /// end mark that got lost must not take the keyboard away for ever.
    static let pastePatience = Duration.seconds(10)

    private let escapePatience: Duration
    private let named: [[UInt8]: Key]
    private var state = State.ground([])
    private var pasteBytesDropped = 0

    /// A decoder with nothing begun.
    ///
    /// - Parameters:
    ///   - escapePatience: How long ESC is held to see whether it begins a sequence.
    ///   - named: What the terminal's description says its keys send, without ESC.
    init(escapePatience: Duration = .milliseconds(25), named: [[UInt8]: Key] = [:]) {
        self.escapePatience = escapePatience
        self.named = named
    }

    /// How long to wait for more bytes before ``settle()``; `nil` when nothing is held that time could decide.
    var patience: Duration? {
        switch state {
        case .ground: nil
        case .escape: escapePatience
        case .alt, .sequence, .click, .string: Self.sequencePatience
        case .paste: Self.pastePatience
        }
    }

    /// Takes bytes, and returns the keys that are whole.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        var keys: [Key] = []
        for byte in bytes { feed(byte, into: &keys) }
        // What is printed goes out at once, except for the bytes of a character that has not ended.
        if case .ground(let text) = state {
            let whole = Self.wholePrefix(of: text)
            Self.flush(text[..<whole], into: &keys)
            state = .ground(Array(text[whole...]))
        }
        return keys
    }

    /// Nothing came for as long as ``patience`` said: decides what is held.
    mutating func settle() -> [Key] {
        defer { state = .ground([]) }
        switch state {
        case .ground(let text):
            var keys: [Key] = []
            Self.flush(text[...], into: &keys)
            return keys
        case .escape: return [.escape]
        // Alt with the letter that would have begun a sequence.
        case .sequence(let bytes) where bytes.count == 1: return [.alt(Character(Unicode.Scalar(bytes[0])))]
        case .string(let introducer, isEmpty: true, afterEscape: false):
            return [.alt(Character(Unicode.Scalar(introducer)))]
        case .string(_, _, afterEscape: true): return [.escape]
        case .paste(let paste): return end(paste)
        case .alt, .sequence, .click, .string: return []
        }
    }

    /// How many bytes of pastes were dropped since this was last asked, because the pastes were too long.
    mutating func takePasteBytesDropped() -> Int {
        defer { pasteBytesDropped = 0 }
        return pasteBytesDropped
    }

    private mutating func feed(_ byte: UInt8, into keys: inout [Key]) {
        switch state {
        case .ground(var text):
            if byte >= 0x20 && byte != 0x7F {
                // The array is not shared while it grows, or every byte would copy it.
                state = .ground([])
                text.append(byte)
                state = .ground(text)
            } else {
                Self.flush(text[...], into: &keys)
                state = .ground([])
                if byte == 0x1B { state = .escape } else { keys.append(Self.controlKey(byte)) }
            }
        case .escape: feedAfterEscape(byte, into: &keys)
        case .alt(var bytes):
            guard byte & 0xC0 == 0x80 else { return restart(with: byte, into: &keys) }
            bytes.append(byte)
            state = .alt(bytes)
            if bytes.count == UTF8Length.announced(by: bytes[0]) {
                state = .ground([])
                if let character = String(decoding: bytes, as: UTF8.self).first { keys.append(.alt(character)) }
            }
        case .sequence(let bytes): feedSequence(byte, after: bytes, into: &keys)
        case .click(let left): state = left > 1 ? .click(left - 1) : .ground([])
        case .string(let introducer, _, let afterEscape):
            if byte == 0x07 || byte == 0x18 || byte == 0x1A || afterEscape && byte == UInt8(ascii: "\\") {
                state = .ground([])
            } else if afterEscape {
                // The string was given up, and something else has begun.
                state = .escape
                feed(byte, into: &keys)
            } else {
                state = .string(introducer: introducer, isEmpty: false, afterEscape: byte == 0x1B)
            }
        case .paste(var paste):
            state = .ground([])
            if paste.feed(byte) { keys += end(paste) } else { state = .paste(paste) }
        }
    }

    private mutating func feedAfterEscape(_ byte: UInt8, into keys: inout [Key]) {
        state = .ground([])
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "O"): state = .sequence([byte])
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .string(introducer: byte, isEmpty: true, afterEscape: false)
        case 0x1B:
            keys.append(.escape)
            state = .escape
        case 0x0D, 0x0A: keys.append(.altEnter)
        case 0x08, 0x7F: keys.append(.control("w"))
        case 0x20..<0x7F: keys.append(.alt(Character(Unicode.Scalar(byte))))
        case 0xC2...0xF4: state = .alt([byte])
        default:
            keys.append(.escape)
            restart(with: byte, into: &keys)
        }
    }

    private mutating func feedSequence(_ byte: UInt8, after bytes: [UInt8], into keys: inout [Key]) {
        let all = bytes + [byte]
        if let key = named[all] {
            state = .ground([])
            keys.append(key)
            return
        }
        switch byte {
        case 0x18, 0x1A: state = .ground([])
        // The Linux console's F1 is ESC [ [ A.
        case UInt8(ascii: "[") where all.elementsEqual("[[".utf8): state = .sequence(all)
        case 0x20...0x3F: state = .sequence(all.count > Self.sequenceBytesMaximum ? bytes : all)
        case UInt8(ascii: "M") where all.elementsEqual("[M".utf8): state = .click(3)
        case UInt8(ascii: "~") where all.elementsEqual("[200~".utf8): state = .paste(PasteCollector())
        case 0x40...0x7E:
            state = .ground([])
            if all.count <= Self.sequenceBytesMaximum, let key = KeySequence.key(of: all) { keys.append(key) }
        default: restart(with: byte, into: &keys)
        }
    }

    /// What was begun is given up, and the byte stands for itself.
    private mutating func restart(with byte: UInt8, into keys: inout [Key]) {
        state = .ground([])
        feed(byte, into: &keys)
    }

    private mutating func end(_ paste: PasteCollector) -> [Key] {
        pasteBytesDropped += paste.bytesDropped
        return [.paste(paste.text)]
    }

    private static func controlKey(_ byte: UInt8) -> Key {
        switch byte {
        case 0x0D: .enter
        case 0x09: .tab
        case 0x08, 0x7F: .backspace
        case 0x00: .control(" ")
        case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
        default: .control(Character(Unicode.Scalar(byte + 0x40)))
        }
    }

    /// Adds what was printed, character by character with its marks. What is no character is shown as such.
    private static func flush(_ text: ArraySlice<UInt8>, into keys: inout [Key]) {
        guard !text.isEmpty else { return }
        for character in String(decoding: text, as: UTF8.self) {
            // The control characters beyond ASCII can only be typed by a terminal that is not in UTF-8.
            guard let first = character.unicodeScalars.first, !(0x80..<0xA0).contains(first.value) else { continue }
            keys.append(.character(character))
        }
    }

    /// How many bytes there are without a character that has begun at the end.
    private static func wholePrefix(of text: [UInt8]) -> Int {
        for back in 1...3 where back <= text.count {
            let byte = text[text.count - back]
            if byte & 0xC0 != 0x80 {
                return UTF8Length.announced(by: byte) > back ? text.count - back : text.count
            }
        }
        return text.count
    }
}
