import Foundation
import ScreenKit
import TestKit
import Testing

@testable import Screen

/// Whatever happens, in whatever order, on a screen of whatever size: nothing is wider than the screen, the caret is on
/// it, and nothing traps.
@Suite struct PropertyTests {
    /// `SCREEN_SEED=N` runs one seed, to find what a failure told.
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["SCREEN_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...40)

    @Test(arguments: seeds)
    func holdsOnEverySize(seed: UInt64) {
        var story = Story(Fixture().model, generator: SplitMix64(seed: seed))
        for step in 0..<120 {
            story.step()
            let frame = story.frame
            let size = story.model.size
            let place = "seed \(seed), step \(step), \(size.columns)x\(size.rows)"
            guard frame.size == size, frame.rows.count == size.rows else {
                Issue.record("another size: \(place)")
                return
            }
            for (number, row) in frame.rows.enumerated() {
                let width = row.reduce(0) { $0 + columns(of: $1.text) }
                if width > size.columns {
                    Issue.record("row \(number) is \(width) wide: \(place): \(row.map(\.text).joined())")
                    return
                }
                let isPainted = row.allSatisfy { span in
                    span.text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                }
                if !isPainted {
                    Issue.record(
                        "row \(number) has a control character: \(place): \(row.map(\.text).joined().debugDescription)")
                }
                // It would be drawn on whatever is left of it.
                if let first = row.first?.text.unicodeScalars.first, Screen.columns(of: first) == 0 {
                    Issue.record("row \(number) begins with a mark: \(place)")
                }
            }
            if let cursor = frame.cursor {
                let isInside = 0..<size.columns ~= cursor.column && 0..<size.rows ~= cursor.row
                if !isInside { Issue.record("the caret is at \(cursor): \(place)") }
            }
            if let tick = story.model.nextTick(after: story.now), tick <= story.now {
                Issue.record("a tick that is not in the future: \(place)")
            }
        }
    }

    @Test func everySize() {
        for glyphs in [GlyphSet.unicode, .ascii] {
            var screen = Fixture(glyphs: glyphs)
            screen.converse()
            screen.type("some text that is long enough to be wrapped more than once on a narrow screen")
            if glyphs == .unicode { screen.type(" 中文字符 👍🏽") }
            for columns in 1...300 {
                for rows in [1, 2, 4, 5, 6, 8, 10, 16, 20, 24, 40, 100] {
                    screen.send(.resized(Size(columns: columns, rows: rows)))
                    let frame = screen.frame
                    let widest = frame.rows.map { $0.reduce(0) { $0 + ScreenTests.columns(of: $1.text) } }.max() ?? 0
                    #expect(frame.rows.count == rows && widest <= columns, "\(columns)x\(rows)")
                    if glyphs == .ascii {
                        let foreign = frame.text.joined().unicodeScalars.filter { !$0.isASCII }
                        #expect(foreign.isEmpty, "\(columns)x\(rows)")
                    }
                }
            }
        }
    }
}
