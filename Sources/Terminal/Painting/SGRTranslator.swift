import Screen

/// Translates ncurses' output to 24-bit colours and strike-through.
///
/// ncurses supports 256 colours here and no strike-through. More would need a terminfo entry that is rarely installed,
/// or sequences that change the user's palette and leave it changed after a kill. So the numbers 16–255 are lent to
/// 24-bit colours, and the unused attribute "invisible" stands for strike-through: in ncurses' output the SGR
/// parameters `38;5;N` become `38;2;R;G;B`, and `8` becomes `9`. All escape sequences in that output are ncurses' own,
/// since text is drawn without control characters.
struct SGRTranslator: Sendable {
    /// The colours that numbers are lent to: the one at index 0 has number 16.
    private var lent: [Color] = []
    private var numbers: [Color: Int32] = [:]
    private static let first: Int32 = 16
    private static let count = 240

    /// The number lent to a colour, new if necessary; `nil` when all are lent.
    mutating func number(of color: Color) -> Int32? {
        if case .palette(let index) = color, index < Self.first { return Int32(index) }
        if let known = numbers[color] { return known }
        guard lent.count < Self.count else { return nil }
        let number = Self.first + Int32(lent.count)
        lent.append(color)
        numbers[color] = number
        return number
    }

    /// Releases all numbers. The screen must then be repainted.
    mutating func forget() {
        lent = []
        numbers = [:]
    }

    /// Translates the output for one frame, which has no incomplete sequences.
    func translate(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 4)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x1B, index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "[") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            var end = index + 2
            while end < bytes.count, isParameter(bytes[end]) { end += 1 }
            if end < bytes.count, bytes[end] == UInt8(ascii: "m") {
                result += [0x1B, UInt8(ascii: "[")]
                result += translate(parameters: bytes[index + 2..<end])
            } else {
                result += bytes[index..<end]
            }
            index = end
        }
        return result
    }

    private func isParameter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ";") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private func translate(parameters: ArraySlice<UInt8>) -> [UInt8] {
        let words = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(Array.init)
        var result: [[UInt8]] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            if word == Array("38".utf8) || word == Array("48".utf8), index + 2 < words.count,
                words[index + 1] == Array("5".utf8)
            {
                result.append(word)
                result.append(code(of: words[index + 2]))
                index += 3
            } else {
                result.append(word == Array("8".utf8) ? Array("9".utf8) : word)
                index += 1
            }
        }
        return Array(result.joined(separator: [UInt8(ascii: ";")]))
    }

    /// The SGR parameters after `38;` for a lent number.
    private func code(of number: [UInt8]) -> [UInt8] {
        guard let value = Int32(String(decoding: number, as: UTF8.self)), value >= Self.first,
            lent.indices.contains(Int(value - Self.first))
        else { return Array("5;".utf8) + number }
        switch lent[Int(value - Self.first)] {
        case .default: return Array("5;".utf8) + number
        case .palette(let index): return Array("5;\(index)".utf8)
        case .rgb(let red, let green, let blue): return Array("2;\(red);\(green);\(blue)".utf8)
        }
    }
}
