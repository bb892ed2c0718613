import Testing

@testable import Agents

/// Words, passages, definitions and quotes: values in, values out.
@Suite struct TextTests {
    @Test(arguments: [
        ("resumePosition", ["resume", "Position"]), ("JSONParser", ["JSON", "Parser"]),
        ("parseJSON", ["parse", "JSON"]),
        ("snake_case_", ["snake", "case"]), ("plain", ["plain"]), ("HTTP2Server", ["HTTP2", "Server"]), ("_", []),
        ("äÖü", ["ä", "Öü"]),
    ])
    func parts(identifier: String, parts: [String]) {
        #expect(Words.parts(of: identifier) == parts)
    }

    @Test(arguments: [
        ("tested", "testing"), ("queries", "query"), ("cached", "cache"), ("stopped", "stop"), ("keys", "key"),
        ("indexes", "index"), ("locations", "location"),
    ])
    func forms(word: String, other: String) {
        #expect(Words.isForm(other, ofStem: Words.stem(word)))
    }

    @Test func differentWordsAreNotForms() {
        #expect(!Words.isForm("position", ofStem: Words.stem("post")))
        #expect(!Words.isForm("turn", ofStem: Words.stem("return")))
        #expect(!Words.isForm("counterintelligence", ofStem: Words.stem("counter")))
    }

    @Test func passagesCoverEveryLineThatIsNotBlank() {
        for count in [0, 1, 39, 40, 41, 80, 200] {
            let lines = (1...max(1, count)).map { $0 % 7 == 0 ? "" : "line \($0)" }
            let text = count == 0 ? "" : lines.joined(separator: "\r\n") + "\r\n"
            let passages = Passage.passages(of: text)
            var covered: [Int] = []
            for passage in passages {
                #expect(passage.lines.count <= Passage.lineCount)
                for (index, line) in passage.lines.enumerated() {
                    #expect(line == lines[passage.line + index - 1])
                    covered.append(passage.line + index)
                }
                #expect(Passage(of: text, from: passage.line, to: passage.endLine) == passage)
            }
            #expect(covered == covered.sorted() && Set(covered).count == covered.count)
            #expect(Set(covered).isSuperset(of: count == 0 ? [] : (1...count).filter { $0 % 7 != 0 }))
        }
    }

    @Test func passagesEndAtABlankLineWhenThereIsOne() {
        var lines = [String](repeating: "x", count: 60)
        lines[34] = ""
        #expect(Passage.passages(of: lines.joined(separator: "\n")).map(\.line) == [1, 36])
    }

    @Test func aLongLineIsCutBetweenCharacters() throws {
        let line = String(repeating: "a", count: Passage.lineBytesMaximum - 1) + "ä" + "tail"
        let passage = try #require(Passage.passages(of: line).first)
        #expect(passage.lines == [String(repeating: "a", count: Passage.lineBytesMaximum - 1) + "…"])
    }

    @Test func aFileThatBecameShorterHasNoSuchPassage() {
        #expect(Passage(of: "a\nb\n", from: 3, to: 5) == nil)
        #expect(Passage(of: "a\nb\n", from: 2, to: 5) == Passage(line: 2, lines: ["b"]))
    }

    @Test(arguments: [
        ("public struct Door: Hashable {", Definition(kind: .type, name: "Door")),
        ("    private mutating func open() throws {", Definition(kind: .function, name: "open")),
        ("@Test(arguments: [1]) func works() {", nil),
        ("@Test func works() {", Definition(kind: .function, name: "works")),
        ("public private(set) var count = 0", Definition(kind: .value, name: "count")),
        ("extension Door {", Definition(kind: .extension, name: "Door")),
        ("def open_door(self):", Definition(kind: .function, name: "open_door")),
        ("export default class Door {", Definition(kind: .type, name: "Door")),
        ("pub fn open(&self) {", Definition(kind: .function, name: "open")),
        ("static int open_door(struct door *door) {", Definition(kind: .function, name: "open_door")),
        ("if (open(door)) {", nil), ("return class", nil), ("// func commented() {", nil), ("", nil),
        ("let (a, b) = c", Definition(kind: .value, name: "a")),
    ])
    func declarations(line: String, definition: Definition?) {
        #expect(Definitions.definition(in: line, isMarkdown: false) == definition)
    }

    @Test(arguments: [
        ("# Title", Definition(kind: .heading, name: "Title")), ("### A b", Definition(kind: .heading, name: "A b")),
        ("#hashtag", nil), ("####### seven", nil), ("text", nil),
    ])
    func headings(line: String, definition: Definition?) {
        #expect(Definitions.definition(in: line, isMarkdown: true) == definition)
    }

    @Test(arguments: [
        ("README.md", FileKind.document), ("Tests/WireTests/A.swift", .test), ("src/a_test.go", .test),
        ("web/a.spec.ts", .test), ("test_a.py", .test), ("Sources/Latest.swift", .source), ("DoorTests.swift", .test),
        ("LICENSE", .aside),
        ("Package.resolved", .aside), ("docs/x", .document), ("Sources/Contest/A.swift", .source),
    ])
    func kinds(path: String, kind: FileKind) {
        #expect(FileKind(path: path) == kind)
    }

    @Test(arguments: [
        ("One. Two.", "One."), ("It is e.g. this. That.", "It is e.g. this."),
        ("version 1.2 is out", "version 1.2 is out."),
        ("So:", "So."), ("", nil), ("Is it? Yes.", "Is it?"),
    ])
    func sentences(text: String, sentence: String?) {
        #expect(Prose.firstSentence(of: text) == sentence)
    }

    @Test func aCommentIsQuotedWithWhatItDescribes() {
        let passage = Passage(
            line: 10,
            lines: [
                "}", "", "/// Keeps keys.", "///", "/// - Parameter key: One.", "@discardableResult",
                "func keep(_ key: Key) {", "    all.append(key)", "}", "", "/// Another.", "func other() {}",
            ])
        let quote = Quote(
            passage, path: "a.swift", question: Question("Where are keys kept?", after: nil, source: nil), length: 10)
        #expect(quote.line == 16)
        #expect(quote.definition == Definition(kind: .function, name: "keep"))
        #expect(quote.summary == "Keeps keys.")
        #expect(quote.lines == ["func keep(_ key: Key) {", "    all.append(key)", "}"])
    }

    @Test func piecesAreTheTextAgain() {
        let text = (1...200).map { "Sentence \($0) of them. " + ($0 % 9 == 0 ? "\n\n" : "") }.joined()
        let pieces = AnswerText.pieces(of: text)
        #expect(pieces.joined() == text)
        #expect(pieces.dropLast().allSatisfy { $0.utf8.count >= AnswerText.pieceBytesMinimum })
        #expect(
            AnswerText.pieces(of: String(repeating: "x", count: 5000)).map(\.utf8.count) == [
                1024, 1024, 1024, 1024, 904,
            ])
        #expect(AnswerText.pieces(of: "").isEmpty)
    }

    @Test(arguments: [
        ("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\nb", "`a␊b`"), ("\u{7F}", "`\u{FFFD}`"),
    ])
    func codeSpans(text: String, span: String) {
        #expect(Markdown.code(text) == span)
    }
}
