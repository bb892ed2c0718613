import Sync
import Testing
import Wire

@testable import Screen

/// `@file` in the input.
@Suite struct FileCompletionTests {
    private static let paths = [
        "README.md", "Sources/Auth/Login.swift", "Sources/Auth/LoginView.swift", "Sources/Log.swift",
        "Tests/LoginTests.swift", "docs/my notes.md", "bad\u{7}name", "quoted\"name",
    ]

    private func screen(_ text: String) -> Fixture {
        var screen = Fixture()
        screen.type(text)
        screen.send(.files(Self.paths))
        return screen
    }

    @Test func theFilesAreAskedForOnceAWord() {
        var screen = Fixture()
        #expect(
            screen.type("see @") == [
                .saveDraft("s"), .saveDraft("se"), .saveDraft("see"), .saveDraft("see "),
                .saveDraft("see @"), .listFiles,
            ])
        #expect(screen.type("R") == [.saveDraft("see @R")])
        screen.type(" ")
        #expect(screen.type("@") == [.saveDraft("see @R @"), .listFiles])
    }

    @Test(arguments: [
        (
            "@",
            [
                "README.md", "docs/my notes.md", "Sources/Log.swift", "Tests/LoginTests.swift",
                "Sources/Auth/Login.swift", "Sources/Auth/LoginView.swift",
            ]
        ),
        (
            "@log",
            [
                "Sources/Log.swift", "Tests/LoginTests.swift", "Sources/Auth/Login.swift",
                "Sources/Auth/LoginView.swift",
            ]
        ),
        ("@view", ["Sources/Auth/LoginView.swift"]),
        ("@auth/", ["Sources/Auth/Login.swift", "Sources/Auth/LoginView.swift"]),
        ("@salv", ["Sources/Auth/LoginView.swift"]), ("(@rea", ["README.md"]), ("@\"my n", ["docs/my notes.md"]),
        ("me@rea", []), ("@nothing", []), ("@README.md ", []),
    ])
    func theBestMatchesComeFirst(typed: String, expected: [String]) {
        #expect(screen(typed).model.completion?.candidates.map(\.label) ?? [] == expected)
    }

    @Test(arguments: [Key.tab, .enter])
    func aChoiceReplacesTheWord(key: Key) {
        var screen = screen("see @view")
        #expect(screen.press(key) == [.saveDraft("see @Sources/Auth/LoginView.swift ")])
        screen.type("and @my")
        screen.press(key)
        #expect(screen.model.editor.text == #"see @Sources/Auth/LoginView.swift and @"docs/my notes.md" "#)
        screen.type("?")
        #expect(screen.press(.enter).first == .send(screen.model.prompts.newestFirst[0]))
    }

    @Test func filesOfAnotherMachineAreNotGuessed() {
        var screen = Fixture()
        screen.type("@")
        screen.send(.files(nil))
        #expect(screen.model.completion == nil)
        #expect(screen.text.last?.contains("The files are the server's") == true)
    }

    @Test func thereIsABoundOfFiles() {
        let names = FileNames((0..<20_000).map { "f\($0)" })
        #expect(names.matches("f1999").first == "f1999" && names.matches("f19999").isEmpty)
        #expect(names.matches("").count == FileNames.matchesMaximum)
    }

    @Test func aLinkThatTheTextNamesIsNotShownAgain() {
        var screen = Fixture()
        func chunk(_ content: ContentBlock) -> Entry.Body {
            .update(.userMessage(ContentChunk(messageID: "m", content: content)))
        }
        screen.arrive(
            chunk(.text("Why does @a.swift fail?")), chunk(.resourceLink(name: "a.swift", uri: "file:///a.swift")),
            chunk(.resourceLink(name: "b.swift", uri: "file:///b.swift")))
        #expect(screen.rows(with: "file:///a.swift") == 0 && screen.rows(with: "[b.swift] file:///b.swift") == 1)
        let item = OutboxItem(
            id: "k", content: [.text("And @a.swift?"), .resourceLink(name: "a.swift", uri: "file:///a.swift")],
            createdAt: 0)
        screen.send(.outbox([item]))
        #expect(screen.rows(with: "And @a.swift?") == 1 && screen.rows(with: "file:///a.swift") == 0)
    }

    @Test(arguments: [(80, 24, "files-80x24"), (40, 12, "files-40x12")])
    func shown(columns: Int, rows: Int, name: String) throws {
        var screen = screen("Why does @log")
        screen.send(.resized(Size(columns: columns, rows: rows)))
        screen.press(.down)
        try expectGolden(screen.frame, name)
    }
}
