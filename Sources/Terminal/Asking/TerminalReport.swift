import Screen

/// An answer of the terminal to a question about itself, as it arrives between the keys.
enum TerminalReport: Hashable, Sendable {
    /// The colour of the background (OSC 11).
    case background(RGB)
    /// The user changed between dark and light (mode 2031).
    case appearanceChanged
    /// Where the cursor is, from 1 (CSI 6 n).
    case cursor(row: Int, column: Int)
    /// Whether a mode is known to the terminal (DECRQM).
    case mode(Int, isKnown: Bool)
    /// The kind of terminal (CSI c). It is asked last, since every terminal answers it.
    case kind

    /// The longest report, in bytes; a longer one is dropped to its end.
    static let bytesMaximum = 64

    /// Reads a control sequence without ESC; `nil` when it is no report.
    init?(sequence: [UInt8]) {
        guard sequence.first == UInt8(ascii: "["), let final = sequence.last, sequence.count > 2 else { return nil }
        let body = String(decoding: sequence.dropFirst().dropLast(), as: UTF8.self)
        let isPrivate = body.hasPrefix("?")
        let numbers = body.drop { $0 == "?" }.prefix { $0 != "$" }.split(separator: ";").map { Int($0) ?? 0 }
        switch (final, isPrivate) {
        case (UInt8(ascii: "c"), true): self = .kind
        case (UInt8(ascii: "R"), _) where numbers.count == 2: self = .cursor(row: numbers[0], column: numbers[1])
        case (UInt8(ascii: "n"), true) where numbers.first == 997: self = .appearanceChanged
        case (UInt8(ascii: "y"), true) where numbers.count == 2 && body.hasSuffix("$"):
            self = .mode(numbers[0], isKnown: numbers[1] != 0)
        default: return nil
        }
    }

    /// Reads the text of an OSC; `nil` when it is no report.
    init?(command: [UInt8]) {
        let text = String(decoding: command, as: UTF8.self)
        guard text.hasPrefix("11;rgb:") || text.hasPrefix("11;rgba:") else { return nil }
        let parts = text.drop { $0 != ":" }.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let shares = parts.prefix(3).compactMap { part -> UInt8? in
            // One to four digits stand for a share of all that can be written with as many.
            guard (1...4).contains(part.utf8.count), let value = UInt32(part, radix: 16) else { return nil }
            return UInt8(value * 255 / ((1 << (4 * UInt32(part.utf8.count))) - 1))
        }
        guard shares.count == 3 else { return nil }
        self = .background(RGB(red: shares[0], green: shares[1], blue: shares[2]))
    }
}
