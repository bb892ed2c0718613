import Screen

/// What bytes mean to the terminal.
extension ReferenceTerminal {
    /// Between which characters of a sequence the terminal is.
    enum Parser: Hashable {
        case text, escape, charset
        /// A control sequence: what came after its introducer.
        case control(String)
        /// A command, to its terminator; `isEnding` behind the ESC of that.
        case command(kind: Unicode.Scalar, String, isEnding: Bool)
    }

    /// Shows what a program has written.
    mutating func feed(_ text: String) {
        for scalar in text.unicodeScalars { take(scalar) }
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        switch parser {
        case .text: takeText(scalar)
        case .escape: takeEscape(scalar)
        case .charset: parser = .text
        case .control(let sequence):
            if ("@"..."~").contains(scalar) {
                parser = .text
                execute(sequence, scalar)
            } else {
                parser = .control(sequence + String(scalar))
            }
        case .command(let kind, let text, let isEnding):
            if scalar == "\u{7}" || isEnding {
                parser = .text
                command(kind, text)
            } else if scalar == "\u{1B}" {
                parser = .command(kind: kind, text, isEnding: true)
            } else {
                parser = .command(kind: kind, text + String(scalar), isEnding: false)
            }
        }
    }

    private mutating func takeText(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\u{1B}": parser = .escape
        case "\n": lineFeed()
        case "\r": move(toColumn: 0)
        case "\u{8}": move(toColumn: cursor.column - 1)
        case "\t": move(toColumn: (cursor.column / 8 + 1) * 8)
        // No padding that terminals notice; shifting in, and out of a set that nothing is in.
        case "\u{0}", "\u{E}", "\u{F}": break
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": complaints.append("U+\(String(scalar.value, radix: 16))")
        default: put(scalar)
        }
    }

    private mutating func takeEscape(_ scalar: Unicode.Scalar) {
        parser = .text
        switch scalar {
        case "[": parser = .control("")
        case "]", "P", "_": parser = .command(kind: scalar, "", isEnding: false)
        case "(", ")": parser = .charset
        case "7": saved = (cursor, isWrapPending, style)
        case "8": (cursor, isWrapPending, style) = saved
        case "D": lineFeed()
        case "M": reverseLineFeed()
        case "=", ">": break
        default: complaints.append("ESC \(scalar)")
        }
    }

    private mutating func command(_ kind: Unicode.Scalar, _ text: String) {
        if kind == "]", text.hasPrefix("8;") {
            let address = text.dropFirst(2).drop { $0 != ";" }.dropFirst()
            link = address.isEmpty ? nil : String(address)
        } else if kind == "]", !["0;", "2;"].contains(where: text.hasPrefix) {
            complaints.append("OSC \(text)")
        }
    }

    private mutating func execute(_ sequence: String, _ final: Unicode.Scalar) {
        if let mark = sequence.first, "?><".contains(mark) { return setMode(sequence, final) }
        let numbers = sequence.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) }
        let count = max(1, (numbers.first ?? nil) ?? 1)
        func number(_ index: Int) -> Int? { index < numbers.count ? numbers[index] : nil }
        switch final {
        case "A": move(row: cursor.row - count)
        case "B": move(row: cursor.row + count)
        case "C": move(toColumn: cursor.column + count)
        case "D": move(toColumn: cursor.column - count)
        case "G", "`": move(toColumn: count - 1)
        case "d": move(row: count - 1)
        case "H", "f": move(toColumn: (number(1) ?? 1) - 1, row: count - 1)
        case "Z": move(toColumn: max(0, (cursor.column - 1) / 8 * 8))
        case "J": eraseScreen(number(0) ?? 0)
        case "K": eraseRow(number(0) ?? 0)
        case "L": insertLines(count)
        case "M": deleteLines(count)
        case "P": deleteCharacters(count)
        case "@": insertBlanks(count)
        case "X": eraseCharacters(count)
        case "S": scrollUp(count)
        case "T": scrollDown(count)
        case "b": if let last { for _ in 0..<count { put(last) } }
        case "r":
            region = (number(0) ?? 1) - 1...(number(1) ?? rows) - 1
            move(toColumn: 0, row: 0)
        case "m": select(numbers.map { $0 ?? 0 })
        case "h" where sequence == "4": isInserting = true
        case "l" where sequence == "4": isInserting = false
        // The shape of the cursor, and the stack of titles.
        case "h" where sequence == "34", "l" where sequence == "34", "t": break
        default: complaints.append("CSI \(sequence)\(final)")
        }
    }

    private mutating func setMode(_ sequence: String, _ final: Unicode.Scalar) {
        switch (sequence, final) {
        case ("?25", _): isCursorVisible = final == "h"
        case ("?1049", "h"): eraseScreen(2)
        // The cursor key mode, blinking, wrapping, focus, pasting, updates at once, and how keys are told.
        case ("?1", _), ("?12", _), ("?12;25", _), ("?7", _), ("?1004", _), ("?1049", _), ("?2004", _), ("?2026", _),
            ("?2031", _), (_, "u"), (_, "m"):
            if sequence == "?12;25" { isCursorVisible = final == "h" }
        default: complaints.append("CSI \(sequence)\(final)")
        }
    }

    private mutating func eraseScreen(_ part: Int) {
        isWrapPending = false
        if part != 1 { erase(row: cursor.row, (part == 0 ? cursor.column : 0)..<columns) }
        if part == 1 { erase(row: cursor.row, 0..<cursor.column + 1) }
        for row in 0..<rows where row != cursor.row && (part == 2 || (part == 0) == (row > cursor.row)) {
            erase(row: row, 0..<columns)
        }
    }

    private mutating func eraseRow(_ part: Int) {
        isWrapPending = false
        switch part {
        case 0: erase(row: cursor.row, cursor.column..<columns)
        case 1: erase(row: cursor.row, 0..<cursor.column + 1)
        default: erase(row: cursor.row, 0..<columns)
        }
    }

    /// Selects how the next characters look (SGR).
    private mutating func select(_ numbers: [Int]) {
        let attributes: [Int: Attributes] = [
            1: .bold, 2: .dim, 3: .italic, 4: .underline, 7: .reverse, 9: .strike,
        ]
        let ends: [Int: Attributes] = [
            22: [.bold, .dim], 23: .italic, 24: .underline, 27: .reverse, 29: .strike,
        ]
        var rest = (numbers.isEmpty ? [0] : numbers)[...]
        while let code = rest.popFirst() {
            switch code {
            case 0: style = .plain
            case _ where attributes[code] != nil: style.attributes.insert(attributes[code] ?? [])
            case _ where ends[code] != nil: style.attributes.remove(ends[code] ?? [])
            case 30...37: style.foreground = .palette(UInt8(code - 30))
            case 90...97: style.foreground = .palette(UInt8(code - 82))
            case 40...47: style.background = .palette(UInt8(code - 40))
            case 100...107: style.background = .palette(UInt8(code - 92))
            case 39: style.foreground = .default
            case 49: style.background = .default
            case 38, 48:
                guard let color = color(&rest) else { return complaints.append("SGR \(numbers)") }
                if code == 38 { style.foreground = color } else { style.background = color }
            default: complaints.append("SGR \(numbers)")
            }
        }
    }

    private func color(_ rest: inout ArraySlice<Int>) -> Color? {
        func byte() -> UInt8? { rest.popFirst().flatMap { UInt8(exactly: $0) } }
        switch rest.popFirst() {
        case 5: return byte().map { .palette($0) }
        case 2:
            guard let red = byte(), let green = byte(), let blue = byte() else { return nil }
            return .rgb(red: red, green: green, blue: blue)
        default: return nil
        }
    }
}
