import Foundation
import TestKit
import Testing
import Wire

@testable import Screen

/// A message that streams in looks as if it had come at once, and what is final stays as it is.
@Suite struct MarkdownStreamingTests {
    @Test(arguments: 1...40)
    func isTheSameInPieces(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        compare(MarkdownSamples.random(using: &generator), seed, using: &generator)
    }

    /// `SCREEN_TEXTS=N` reads so many for each seed.
    private static let texts = ProcessInfo.processInfo.environment["SCREEN_TEXTS"].flatMap { Int($0) } ?? 4

    @Test(arguments: 1...20)
    func isTheSameInPiecesWhenItIsDamaged(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let corpus = (0..<20).map { _ in Array(MarkdownSamples.random(using: &generator).utf8) }
        var mutator = Mutator(
            corpus: corpus + [Array(MarkdownSamples.text.utf8), Array(MarkdownSamples.code.utf8)], seed: seed)
        for _ in 0..<MarkdownStreamingTests.texts {
            if !compare(String(decoding: mutator.next(), as: UTF8.self), seed, using: &generator) { return }
        }
    }

    @discardableResult
    private func compare(_ text: String, _ seed: UInt64, using generator: inout SeededGenerator) -> Bool {
        let columns = Int.random(in: 20...140, using: &generator)
        var whole = Fixture(columns: columns, rows: 100)
        whole.arrive(.agent(text))
        whole.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        var pieces = Fixture(columns: columns, rows: 100)
        var rest = text[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...Int.random(in: 1...60, using: &generator), using: &generator)
            let before = pieces.finalLines
            pieces.arrive(.agent(String(rest.prefix(count))))
            rest = rest.dropFirst(count)
            if !pieces.allLines.starts(with: before) {
                Issue.record("seed \(seed): a final line changed after \(text.count - rest.count) characters\n\(text)")
                return false
            }
        }
        pieces.arrive(.event(.turnEnd("turn", .stopped(.endTurn))))
        let (left, right) = (whole.allLines, pieces.allLines)
        if left == right { return true }
        let place = zip(left, right).enumerated().first { $1.0 != $1.1 }
        Issue.record(
            """
            seed \(seed), \(columns) columns: line \(place?.offset ?? -1) differs
            \(place.map { "whole  |\($0.element.0.text)|\npieces |\($0.element.1.text)|" } ?? "the length")
            \(text)
            """)
        return false
    }

    @Test func onlyTheBlockBeingWrittenIsLaidOutAgain() {
        var screen = Fixture(columns: 80, rows: 24)
        screen.arrive(.agent("# Title\n\nSome text.\n\n```swift\n"))
        for number in 1...500 {
            screen.arrive(.agent("let number\(number) = \(number)\n"))
            guard let layout = screen.model.transcript.layouts[screen.model.transcript.firstID] else {
                Issue.record("no layout")
                return
            }
            // The border below is all that is laid out again.
            #expect(layout.lines.count - layout.linesFinal == 1)
        }
    }
}

extension Fixture {
    private var layout: BlockLayout? { model.transcript.layouts[model.transcript.firstID] }

    fileprivate var finalLines: [Line] { layout.map { Array($0.lines.prefix($0.linesFinal)) } ?? [] }
    fileprivate var allLines: [Line] { layout?.lines ?? [] }
}

extension Line {
    fileprivate var text: String { spans.map(\.text).joined() }
}
