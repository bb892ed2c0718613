/// Removes what is not text from untrusted text: control characters, whole escape sequences, bidirectional controls and
/// invisible characters. Line ends become `\n`; tabs are kept.
///
/// It is fed scalar by scalar and keeps its state between chunks, so an escape sequence that streaming cuts in two is
/// recognized all the same. A whole text is cleaned with `withoutControls`, where a sequence that is never terminated
/// hides nothing.
public struct ControlFilter: Hashable, Sendable {
    private enum State: Hashable, Sendable {
        case text
        /// After a carriage return: a line feed belongs to it.
        case carriageReturn
        /// After ESC.
        case escape
        /// After ESC and an intermediate byte.
        case escapeIntermediate
        /// Inside `CSI … final`.
        case sequence
        /// Inside the text of OSC, DCS, SOS, PM or APC.
        case string
        /// After ESC inside such a text.
        case stringEscape
    }

    private var state = State.text

    /// Creates a filter in its initial state.
    public init() {}

    /// Whether no sequence is pending, so that printable text passes unchanged.
    public var isAtRest: Bool { state == .text }

    /// What became of the sequence that a scalar was fed to.
    fileprivate enum Progress {
        /// The scalar was text, or an introducer.
        case none
        /// The scalar became part of it.
        case took
        /// The scalar terminated it.
        case terminated
        /// The scalar cannot be part of it, so it was no sequence.
        case aborted
    }

    /// Whether parameters or the text of a sequence are pending.
    fileprivate var isInside: Bool {
        switch state {
        case .text, .carriageReturn: false
        case .escape, .escapeIntermediate, .sequence, .string, .stringEscape: true
        }
    }

    /// What the scalar will do to the pending sequence.
    fileprivate func progress(with scalar: Unicode.Scalar) -> Progress {
        switch (state, scalar.value) {
        case (.text, _), (.carriageReturn, _): .none
        // The introducers of longer sequences: `ESC [` and its like.
        case (.escape, 0x5B), (.escape, 0x50), (.escape, 0x58), (.escape, 0x5D...0x5F): .none
        case (.escape, 0x20...0x2F), (.escapeIntermediate, 0x20...0x2F), (.sequence, 0x20...0x3F): .took
        case (.escape, 0x30...0x7E), (.escapeIntermediate, 0x30...0x7E), (.sequence, 0x40...0x7E): .terminated
        case (.string, 0x07), (.string, 0x9C), (.stringEscape, 0x5C): .terminated
        case (.string, 0x0A), (.string, 0x0D): .aborted
        // Whether this ESC begins the terminator, the next scalar says.
        case (.string, 0x1B): .none
        case (.string, _): .took
        case (.escape, _), (.escapeIntermediate, _), (.sequence, _): .aborted
        case (.stringEscape, _): .none
        }
    }

    /// Filters a scalar, and passes what remains to `output`.
    public mutating func feed(_ scalar: Unicode.Scalar, to output: (Unicode.Scalar) -> Void) {
        let value = scalar.value
        switch state {
        case .text: text(scalar, to: output)
        case .carriageReturn:
            state = .text
            if value != 0x0A { text(scalar, to: output) }
        case .escape:
            switch value {
            case 0x5B: state = .sequence
            case 0x50, 0x58, 0x5D, 0x5E, 0x5F: state = .string
            case 0x20...0x2F: state = .escapeIntermediate
            case 0x30...0x7E: state = .text
            default: restart(with: scalar, to: output)
            }
        case .escapeIntermediate:
            switch value {
            case 0x20...0x2F: break
            case 0x30...0x7E: state = .text
            default: restart(with: scalar, to: output)
            }
        case .sequence:
            switch value {
            case 0x20...0x3F: break
            case 0x40...0x7E: state = .text
            default: restart(with: scalar, to: output)
            }
        case .string:
            switch value {
            case 0x07, 0x9C: state = .text
            case 0x1B: state = .stringEscape
            // A line end aborts the string: an unterminated one would hide the rest of the message.
            case 0x0A, 0x0D: restart(with: scalar, to: output)
            default: break
            }
        case .stringEscape:
            state = .text
            if value != 0x5C {
                state = .escape
                feed(scalar, to: output)
            }
        }
    }

    /// Leaves a string at an ESC that does not begin its terminator, as `feed` does.
    ///
    /// - Returns: Whether a string was aborted.
    fileprivate mutating func leaveString(before scalar: Unicode.Scalar) -> Bool {
        guard state == .stringEscape, scalar != "\\" else { return false }
        state = .escape
        return true
    }

    /// Whether a sequence that has just ended is one that programs send. The standard allows spaces in all of them, and
    /// only the one that sets the cursor's shape (`CSI N SP q`) has one.
    fileprivate func isGenuine(_ taken: String.UnicodeScalarView, final: Unicode.Scalar) -> Bool {
        switch state {
        case .text, .carriageReturn, .string, .stringEscape: true
        case .escape, .escapeIntermediate: !taken.contains(" ") && ![":", ";", "?"].contains(final)
        case .sequence:
            taken.firstIndex(of: " ").map { final == "q" && taken.index(after: $0) == taken.endIndex } ?? true
        }
    }

    /// Whether the scalar begins a sequence in one character of C1.
    fileprivate static func isIntroducer(_ scalar: Unicode.Scalar) -> Bool {
        [0x90, 0x98, 0x9B, 0x9D, 0x9E, 0x9F].contains(scalar.value)
    }

    private mutating func restart(with scalar: Unicode.Scalar, to output: (Unicode.Scalar) -> Void) {
        state = .text
        text(scalar, to: output)
    }

    private mutating func text(_ scalar: Unicode.Scalar, to output: (Unicode.Scalar) -> Void) {
        switch scalar.value {
        case 0x09, 0x0A, 0x20..<0x7F: output(scalar)
        case 0x0D:
            state = .carriageReturn
            output("\n")
        case 0x1B: state = .escape
        case 0x9B: state = .sequence
        case 0x90, 0x98, 0x9D, 0x9E, 0x9F: state = .string
        case 0x85, 0x2028, 0x2029: output("\n")
        case 0..<0x20, 0x7F...0x9F: break
        case 0xA0...0x2FF where scalar.value != 0xAD: output(scalar)
        default: if !ControlFilter.isInvisible(scalar) { output(scalar) }
        }
    }

    /// Whether the scalar is invisible and can mislead: bidirectional controls, fillers, tags and other format
    /// characters. The two joiners (ZWNJ, ZWJ) are excepted, since words and emoji need them.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C, 0x200D: false
        case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x3164, 0xFFA0: true
        case 0xE0000...0xE0FFF: true
        default: scalar.properties.generalCategory == .format
        }
    }
}

extension String {
    /// The text without what ``ControlFilter`` removes.
    ///
    /// Of a sequence that is never terminated, or aborted by what cannot be part of it, only the control characters are
    /// removed: what it would have taken may be the rest of a sentence in which a foreign value is quoted. So everything
    /// behind an OSC, DCS, SOS, PM or APC without a terminator is kept. A CSI or ESC ends at its first final character,
    /// unless that is one of the text: behind a space, or punctuation that terminals do not use.
    public var withoutControls: String {
        var filter = ControlFilter()
        var clean = String.UnicodeScalarView()
        // What the pending sequence has taken.
        var taken = String.UnicodeScalarView()
        func giveBack() {
            // At rest, since the introducers among it were part of the sequence.
            for scalar in taken where !ControlFilter.isIntroducer(scalar) {
                var plain = ControlFilter()
                plain.feed(scalar) { clean.append($0) }
            }
            taken.removeAll()
        }
        for scalar in unicodeScalars {
            if filter.leaveString(before: scalar) { giveBack() }
            switch filter.progress(with: scalar) {
            case .none: break
            case .took: taken.append(scalar)
            case .terminated:
                if filter.isGenuine(taken, final: scalar) {
                    taken.removeAll()
                } else {
                    giveBack()
                    clean.append(scalar)
                }
            case .aborted: giveBack()
            }
            filter.feed(scalar) { clean.append($0) }
        }
        if filter.isInside { giveBack() }
        return String(clean)
    }
}
