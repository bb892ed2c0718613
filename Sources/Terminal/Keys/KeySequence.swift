import Screen

/// Maps escape sequences to keys, by the conventions that xterm, rxvt, the Linux console and kitty share.
enum KeySequence {
    /// Modifiers as they are encoded: a bit mask plus one.
    private struct Modifiers: OptionSet {
        let rawValue: Int
        static let shift = Modifiers(rawValue: 1)
        static let alt = Modifiers(rawValue: 2)
        static let control = Modifiers(rawValue: 4)

        init(rawValue: Int) { self.rawValue = rawValue }
        init(sent: Int?) { self.init(rawValue: max((sent ?? 1) - 1, 0)) }

        var isWithAltOrControl: Bool { contains(.alt) || contains(.control) }
    }

    /// The key of a sequence without ESC, such as `[1;5D` or `OP`; `nil` when it is not a key.
    static func key(of sequence: [UInt8]) -> Key? {
        guard let introducer = sequence.first, let final = sequence.last, sequence.count > 1 else { return nil }
        let body = sequence.dropFirst().dropLast()
        if body.elementsEqual("[".utf8) { return consoleKey(final) }
        let parameters = body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { $0.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(number) }
        func parameter(_ index: Int) -> Int? {
            parameters.indices.contains(index) ? parameters[index].first ?? nil : nil
        }
        // The parameters of a report begin with a private marker, those of a key do not.
        if let first = body.first, (UInt8(ascii: "<")...UInt8(ascii: "?")).contains(first) { return nil }
        // kitty reports key releases as well; only presses count.
        if parameters.count > 1, parameters[1].count > 1, parameters[1][1] == 3 { return nil }

        if introducer == UInt8(ascii: "O") {
            return letterKey(final, Modifiers(sent: parameter(0))) ?? keypadKey(final)
        }
        switch final {
        case UInt8(ascii: "u"): return characterKey(parameter(0), Modifiers(sent: parameter(1)))
        case UInt8(ascii: "~") where parameter(0) == 27:
            return characterKey(parameter(2), Modifiers(sent: parameter(1)))
        case UInt8(ascii: "~"): return numberedKey(parameter(0))
        case UInt8(ascii: "I") where body.isEmpty: return .focus(true)
        case UInt8(ascii: "O") where body.isEmpty: return .focus(false)
        // With parameters it is a cursor position report.
        case UInt8(ascii: "R") where parameter(0) != 1: return nil
        default: return letterKey(final, Modifiers(sent: parameter(1)))
        }
    }

    /// A parameter consists of digits only (ECMA-48 §5.4.2); a sign would make the modifiers invalid.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func letterKey(_ letter: UInt8, _ modifiers: Modifiers) -> Key? {
        switch letter {
        case UInt8(ascii: "A"): modifiers.isWithAltOrControl ? .altUp : .up
        case UInt8(ascii: "B"): modifiers.isWithAltOrControl ? .altDown : .down
        case UInt8(ascii: "C"): modifiers.isWithAltOrControl ? .wordRight : .right
        case UInt8(ascii: "D"): modifiers.isWithAltOrControl ? .wordLeft : .left
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(letter - UInt8(ascii: "P")) + 1)
        case UInt8(ascii: "Z"): .backTab
        // rxvt: Control with an arrow.
        case UInt8(ascii: "c"): .wordRight
        case UInt8(ascii: "d"): .wordLeft
        default: nil
        }
    }

    private static func numberedKey(_ number: Int?) -> Key? {
        switch number {
        case 1, 7: .home
        case 4, 8: .end
        case 3: .delete
        case 5: .pageUp
        case 6: .pageDown
        case .some(let number) where (11...15).contains(number): .function(number - 10)
        case .some(let number) where (17...21).contains(number): .function(number - 11)
        case 23: .function(11)
        case 24: .function(12)
        default: nil
        }
    }

    /// A key of the numeric keypad in application mode.
    private static func keypadKey(_ letter: UInt8) -> Key? {
        switch letter {
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "X"): .character("=")
        case UInt8(ascii: "j")...UInt8(ascii: "y"): .character(Character(Unicode.Scalar(letter - 0x40)))
        default: nil
        }
    }

    private static func consoleKey(_ letter: UInt8) -> Key? {
        (UInt8(ascii: "A")...UInt8(ascii: "E")).contains(letter) ? .function(Int(letter - UInt8(ascii: "A")) + 1) : nil
    }

    /// A key that kitty's protocol or modifyOtherKeys encodes by its character code.
    private static func characterKey(_ code: Int?, _ modifiers: Modifiers) -> Key? {
        switch code {
        case 13: return modifiers.isDisjoint(with: [.shift, .alt, .control]) ? .enter : .altEnter
        case 57414: return .enter
        case 9: return modifiers.contains(.shift) ? .backTab : .tab
        case 27: return .escape
        case 8, 127: return modifiers.isWithAltOrControl ? .control("w") : .backspace
        case 57417: return .left
        case 57418: return .right
        case 57419: return .up
        case 57420: return .down
        case 57421: return .pageUp
        case 57422: return .pageDown
        case 57423: return .home
        case 57424: return .end
        case 57426: return .delete
        default: break
        }
        // The codes in between are kitty's for keys without a character.
        guard let code, code >= 32, !(0xE000...0xF8FF).contains(code), let value = UInt32(exactly: code),
            let scalar = Unicode.Scalar(value)
        else { return nil }
        var character = Character(scalar)
        if modifiers.contains(.control) { return .control(Character(character.lowercased())) }
        if modifiers.contains(.shift), let upper = character.uppercased().first { character = upper }
        return modifiers.contains(.alt) ? .alt(character) : .character(character)
    }
}
