import Foundation
import Screen
import Testing

/// Compares a screen with the file of its name, exactly; `RECORD_GOLDENS=1` writes the file instead.
///
/// A golden has the rows as they are painted, then the same rows with a letter for the look of each column, then what
/// the letters mean. A change of either is a diff that a person can judge.
func expectGolden(_ frame: Frame, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens/\(name).txt")
    let actual = golden(of: frame)
    if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] == "1" {
        try actual.write(to: file, atomically: true, encoding: .utf8)
        return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    if actual == expected { return }
    let lines = zip(
        expected.split(separator: "\n", omittingEmptySubsequences: false),
        actual.split(separator: "\n", omittingEmptySubsequences: false))
    let difference = lines.enumerated().first { $1.0 != $1.1 }.map { index, pair in
        "line \(index + 1)\n  golden |\(pair.0)|\n  screen |\(pair.1)|"
    }
    Issue.record("\(name).txt differs: \(difference ?? "its length")", sourceLocation: sourceLocation)
}

private func golden(of frame: Frame) -> String {
    var letters: [Style: Character] = [.plain: "."]
    var legend: [String] = []
    var text = "\(frame.size.columns)x\(frame.size.rows)"
    if let cursor = frame.cursor { text += ", caret at column \(cursor.column) of row \(cursor.row)" }
    text += "\n" + frame.rows.map { "|" + $0.map(\.text).joined() }.joined(separator: "\n") + "\n\n"
    for row in frame.rows {
        text += "|"
        for span in row {
            if letters[span.style] == nil {
                let letter = Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(letters.count - 1)))
                letters[span.style] = letter
                legend.append("\(letter) = \(describe(span.style))")
            }
            text += String(repeating: letters[span.style] ?? "?", count: columns(of: span.text))
        }
        text += "\n"
    }
    return text + "\n" + legend.joined(separator: "\n") + "\n"
}

/// How many columns a text takes: the sum over its scalars, as a terminal adds them up.
func columns(of text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + Screen.columns(of: $1) } }

private func describe(_ style: Style) -> String {
    let names: [(Attributes, String)] = [
        (.bold, "bold"), (.dim, "dim"), (.italic, "italic"), (.underline, "underline"), (.reverse, "reverse"),
        (.strike, "strike"),
    ]
    let attributes = names.filter { style.attributes.contains($0.0) }.map { " +" + $0.1 }.joined()
    return "\(describe(style.foreground)) on \(describe(style.background))\(attributes)"
}

private func describe(_ color: Color) -> String {
    switch color {
    case .default: "default"
    case .palette(let index): "\(index)"
    case .rgb(let red, let green, let blue): "rgb(\(red), \(green), \(blue))"
    }
}
