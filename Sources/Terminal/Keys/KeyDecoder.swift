import Screen

/// Decodes the bytes of a terminal, in pieces of any size, to keys.
///
/// It replaces ncurses' decoder, which blocks when a sequence is incomplete, passes unknown sequences on as typed text,
/// and keeps its state out of a test's reach. Here the state is a value, and the caller is told how long to wait. An
/// unknown sequence, such as a terminal's report or a mouse click, is dropped completely: text that the user did not
/// type must never appear in the prompt.
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
        /// No sequence has begun; the bytes of an incomplete UTF-8 character.
        case ground([UInt8])
        /// ESC: a key, or the start of a sequence.
        case escape
        /// Alt with a multi-byte character: its bytes so far.
        case alt([UInt8])
        /// A control sequence (CSI) or SS3: the bytes after ESC.
        case sequence([UInt8])
        /// A mouse click in the X10 encoding: how many bytes are still missing.
        case click(Int)
        /// A string such as OSC or DCS: its introducer, its bytes up to the bound, and whether ESC came last.
        case string(introducer: UInt8, bytes: [UInt8], afterEscape: Bool)
        /// Inside a bracketed paste.
        case paste(PasteCollector)
    }

    /// The longest sequence that can be a key, in bytes; a longer one is dropped to its end.
    static let sequenceBytesMaximum = 64
    /// Time-out for the rest of a sequence.
    static let sequenceTimeout = Duration.milliseconds(250)
    /// Time-out within a bracketed paste. It is long, because the rest of a paste taken for typed keys could send a
    /// prompt; but a lost end mark must not disable the keyboard forever.
    static let pasteTimeout = Duration.seconds(10)

    private let escapeTimeout: Duration
    private let named: [[UInt8]: Key]
    private var state = State.ground([])
    private var pasteBytesDropped = 0
    private var reports: [TerminalReport] = []

    /// Creates a decoder in the ground state.
    ///
    /// - Parameters:
    ///   - escapeTimeout: Time-out after ESC, to tell the key from the start of a sequence.
    ///   - named: The sequences of the terminal's terminfo entry, without ESC.
    init(escapeTimeout: Duration = .milliseconds(25), named: [[UInt8]: Key] = [:]) {
        self.escapeTimeout = escapeTimeout
        self.named = named
    }

    /// The time-out until ``settle()``; `nil` when nothing is pending.
    var timeout: Duration? {
        switch state {
        case .ground: nil
        case .escape: escapeTimeout
        case .alt, .sequence, .click, .string: Self.sequenceTimeout
        case .paste: Self.pasteTimeout
        }
    }

    /// Decodes bytes, and returns the keys that are complete.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        var keys: [Key] = []
        for byte in bytes { feed(byte, into: &keys) }
        // Printed characters are returned at once, except for an incomplete UTF-8 character at the end.
        if case .ground(let text) = state {
            let whole = Self.wholePrefix(of: text)
            Self.flush(text[..<whole], into: &keys)
            state = .ground(Array(text[whole...]))
        }
        return keys
    }

    /// The time-out ``timeout`` has passed: decides what the pending bytes are.
    mutating func settle() -> [Key] {
        defer { state = .ground([]) }
        switch state {
        case .ground(let text):
            var keys: [Key] = []
            Self.flush(text[...], into: &keys)
            return keys
        case .escape: return [.escape]
        // Alt with the letter that would have introduced a sequence.
        case .sequence(let bytes) where bytes.count == 1: return [.alt(Character(Unicode.Scalar(bytes[0])))]
        case .string(let introducer, bytes: [], afterEscape: false):
            return [.alt(Character(Unicode.Scalar(introducer)))]
        case .string(_, _, afterEscape: true): return [.escape]
        case .paste(let paste): return end(paste)
        case .alt, .sequence, .click, .string: return []
        }
    }

    /// How many bytes of pastes were dropped at the bound since the last call.
    mutating func takePasteBytesDropped() -> Int {
        defer { pasteBytesDropped = 0 }
        return pasteBytesDropped
    }

    /// What the terminal has said about itself since the last call.
    mutating func takeReports() -> [TerminalReport] {
        defer { reports = [] }
        return reports
    }

    /// Keeps a report until it is taken; more than were asked for are dropped.
    private mutating func report(_ report: TerminalReport?) {
        if let report, reports.count < 64 { reports.append(report) }
    }

    private mutating func feed(_ byte: UInt8, into keys: inout [Key]) {
        switch state {
        case .ground(var text):
            if byte >= 0x20 && byte != 0x7F {
                // The paste is taken out of the state while it grows; otherwise every byte would copy it.
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
        case .string(let introducer, let bytes, let afterEscape):
            if byte == 0x07 || afterEscape && byte == UInt8(ascii: "\\") {
                state = .ground([])
                if introducer == UInt8(ascii: "]") { report(TerminalReport(command: bytes)) }
            } else if byte == 0x18 || byte == 0x1A {
                state = .ground([])
            } else if afterEscape {
                // The string was aborted by a new sequence.
                state = .escape
                feed(byte, into: &keys)
            } else {
                let isKept = byte != 0x1B && bytes.count < TerminalReport.bytesMaximum
                state = .string(
                    introducer: introducer, bytes: isKept ? bytes + [byte] : bytes, afterEscape: byte == 0x1B)
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
            state = .string(introducer: byte, bytes: [], afterEscape: false)
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
            guard all.count <= Self.sequenceBytesMaximum else { return }
            if let key = KeySequence.key(of: all) {
                keys.append(key)
            } else {
                report(TerminalReport(sequence: all))
            }
        default: restart(with: byte, into: &keys)
        }
    }

    /// Aborts the sequence and handles the byte on its own.
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

    /// Appends printed characters, by grapheme cluster. Invalid UTF-8 becomes U+FFFD.
    private static func flush(_ text: ArraySlice<UInt8>, into keys: inout [Key]) {
        guard !text.isEmpty else { return }
        for character in String(decoding: text, as: UTF8.self) {
            // C1 controls can only come from a terminal that does not use UTF-8.
            guard let first = character.unicodeScalars.first, !(0x80..<0xA0).contains(first.value) else { continue }
            keys.append(.character(character))
        }
    }

    /// The number of bytes before an incomplete UTF-8 character at the end.
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
