/// The lines in which two texts differ, as `diff -u` shows them, with control characters made visible.
///
/// - Parameters:
///   - old: The text before.
///   - new: The text after.
///   - context: How many equal lines stand around a change.
/// - Returns: The hunks, one behind the other; empty when the texts are equal byte for byte.
public func unifiedDiff(from old: String, to new: String, context: Int = 3) -> String {
    let lines = changedLines(from: splitLines(old), to: splitLines(new))
    var shown = [Bool](repeating: false, count: lines.count)
    for (index, line) in lines.enumerated() where line.mark != .same {
        for near in max(0, index - context)...min(lines.count - 1, index + context) { shown[near] = true }
    }
    var output: [String] = []
    var oldNumber = 1
    var newNumber = 1
    for (index, line) in lines.enumerated() {
        if shown[index] {
            if index == 0 || !shown[index - 1] { output.append("@@ -\(oldNumber) +\(newNumber) @@") }
            output.append(line.mark.rawValue + visible(line.text))
        }
        if line.mark != .added { oldNumber += 1 }
        if line.mark != .removed { newNumber += 1 }
    }
    return output.joined(separator: "\n")
}

private enum Mark: String {
    case same = " "
    case removed = "-"
    case added = "+"
}

/// Lines are compared as bytes: `String` would call a letter with a combining accent equal to the one-piece letter.
private func splitLines(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
}

private func changedLines(from old: [[UInt8]], to new: [[UInt8]]) -> [(mark: Mark, text: [UInt8])] {
    let difference = new.difference(from: old)
    var removals: Set<Int> = []
    var insertions: Set<Int> = []
    for change in difference {
        switch change {
        case .remove(let offset, _, _): removals.insert(offset)
        case .insert(let offset, _, _): insertions.insert(offset)
        }
    }
    var lines: [(mark: Mark, text: [UInt8])] = []
    var oldIndex = 0
    var newIndex = 0
    while oldIndex < old.count || newIndex < new.count {
        if removals.contains(oldIndex) {
            lines.append((.removed, old[oldIndex]))
            oldIndex += 1
        } else if insertions.contains(newIndex) {
            lines.append((.added, new[newIndex]))
            newIndex += 1
        } else {
            lines.append((.same, old[oldIndex]))
            oldIndex += 1
            newIndex += 1
        }
    }
    return lines
}

private func visible(_ line: [UInt8]) -> String {
    var text = ""
    for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
        switch scalar.value {
        case 0..<0x20: text.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
        case 0x7F: text += "\u{2421}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
