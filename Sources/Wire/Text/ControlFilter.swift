/// Removes what is not text from untrusted text: control characters, whole escape sequences, bidirectional controls and
/// invisible characters. Line ends become `\n`; tabs are kept.
///
/// It is fed scalar by scalar and keeps its state between chunks, so an escape sequence that streaming cuts in two is
/// recognized all the same.
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
    public var withoutControls: String {
        var filter = ControlFilter()
        var clean = String.UnicodeScalarView()
        for scalar in unicodeScalars { filter.feed(scalar) { clean.append($0) } }
        return String(clean)
    }
}
