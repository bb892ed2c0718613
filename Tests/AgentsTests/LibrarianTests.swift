import Logging
import FailPoints
import Testing
import Wire

@testable import Agents

/// What a person asks and gets.
@Suite struct LibrarianTests {
    private let data: TestFolder
    private let folder: TestFolder

    init() throws {
        data = try TestFolder()
        folder = try doors()
    }

    private func conversation() -> Conversation { Conversation(folder.path, data: data) }

    @Test func aTurnIsFiveRecordedSteps() async throws {
        var conversation = conversation()
        let journal = try await conversation.ask("Where is `openDoor` defined?")
        #expect(
            journal.plan.map(\.content) == [
                "Understand the question", "List the files", "Index the files and search them",
                "Read the best passages", "Write the answer",
            ])
        let list = try #require(journal.call("list_files"))
        #expect(list.rawOutput?["files"] == 4)
        #expect(list.rawOutput?["paths"]?.array?.contains("Sources/Door.swift") == true)
        let search = try #require(journal.call("search"))
        #expect(search.kind == .search)
        #expect(search.rawOutput?["indexed"] == 4)
        #expect(search.rawOutput?["hits"]?.array?.first?["path"] == "Sources/Door.swift")
        let read = try #require(journal.call("read_file"))
        #expect(read.kind == .read)
        #expect(read.locations == [ToolCall.Location(path: folder.path + "/Sources/Door.swift", line: 1)])
        #expect(read.rawOutput?["lines"]?.array?.first == "/// A door that can be locked. Keys are kept elsewhere.")
        #expect(journal.folded.toolCalls.allSatisfy { $0.status == .completed })
    }

    @Test func aDefinitionIsExplainedByItsOwnComment() async throws {
        var conversation = conversation()
        let text = try await conversation.ask("Where is openDoor defined?").text
        #expect(
            text.hasPrefix(
                "`openDoor` is declared in `Sources/Door.swift:7`: Opens the door slowly, unless it is locked.\n"))
        #expect(
            text.contains(
                """
                ```swift
                /// Opens the door slowly, unless it is locked.
                public mutating func openDoor() throws {
                    guard !isLocked else { throw DoorError.locked }
                }
                ```
                """))
        #expect(text.contains("Sources:\n\n- `Sources/Door.swift:7`\n"))
        #expect(text.contains("I searched 4 files."))
        #expect(!text.contains("ignored.log"))
    }

    @Test func aFollowUpGoesOnFromTheQuestionBefore() async throws {
        var conversation = conversation()
        try await conversation.ask("Where is openDoor defined?")
        let text = try await conversation.ask("and where is that tested?").text
        #expect(text.hasPrefix("Going on from “Where is openDoor defined?”: "))
        #expect(text.contains("`Tests/DoorTests.swift:6` is the closest test.\n"))
        let again = try await conversation.ask("what about keys?").text
        #expect(again.contains("`Sources/KeyRing.swift"))
    }

    @Test func aQuestionAboutTestsIsAnsweredWithTests() async throws {
        let filler = String(repeating: "    let other = something(else: entirely)\n", count: 30)
        try folder.write("Sources/DoorHinge.swift", "/// Holds a door.\nstruct DoorHinge {}\n")
        try folder.write("Tests/OtherTests.swift", "func check() {\n" + filler + "    _ = DoorHinge()\n}\n")
        var conversation = conversation()
        let journal = try await conversation.ask("Where is DoorHinge tested?")
        #expect(journal.call("search")?.rawOutput?["hits"]?.array?.first?["path"] == "Sources/DoorHinge.swift")
        #expect(journal.text.hasPrefix("`Tests/OtherTests.swift:32` is the closest test.\n"))
        folder.delete("Tests/OtherTests.swift")
        #expect(
            try await conversation.ask("Where is DoorHinge tested?").text.hasPrefix(
                "I found no test of this. The closest passage is `Sources/DoorHinge.swift:2`: Holds a door.\n"))
    }

    @Test func anOverviewComesFromTheReadMe() async throws {
        var conversation = conversation()
        let text = try await conversation.ask("What does this project do?").text
        #expect(text.hasPrefix("“Doors” in `README.md:1`: A library that opens and closes doors.\n"))
    }

    @Test func whatIsNotThereIsNotInvented() async throws {
        var conversation = conversation()
        let journal = try await conversation.ask("Where is the window painted?")
        #expect(
            journal.text
                == "I found nothing about “window” or “painted” under `\(folder.path)`.\n\nI searched 4 files.\n")
        let partly = try await conversation.ask("Where is the painted openDoor?").text
        #expect(partly.contains("Nothing that I read mentions “painted”."))
    }

    @Test func memoryIsKeptAndChangesAnswers() async throws {
        var conversation = conversation()
        let long = try await conversation.ask("Where is openDoor defined?").text
        let remembered = try await conversation.ask("Please remember that I prefer short answers.")
        #expect(remembered.text == "I will keep my answers short.\n")
        #expect(remembered.folded.memory == ["preference.answers": "short"])
        #expect(remembered.plan.count == 3)
        let short = try await conversation.ask("Where is openDoor defined?").text
        #expect(short.utf8.count < long.utf8.count / 2)
        #expect(!short.contains("```"))
        #expect(short.contains("Sources:\n\n- `Sources/Door.swift:7`"))

        try await conversation.ask("remember that my name is Ada")
        #expect(try await conversation.ask("hello").text.hasPrefix("Hello, Ada. "))
        try await conversation.ask("remember that the door colour is green")
        #expect(
            try await conversation.ask("what do you remember?").text
                == "I remember:\n\n- `door-colour`: green\n- `name`: Ada\n- `preference.answers`: short\n")
        #expect(try await conversation.ask("what do you remember about colours?").text.contains("green"))
        #expect(
            try await conversation.ask("Where is the door?").text.contains(
                "You asked me to remember:\n\n- `door-colour`: green"))

        #expect(try await conversation.ask("forget the door colour").text == "I have forgotten `door-colour`.\n")
        #expect(try await conversation.ask("forget the window").text.hasPrefix("I remember nothing of that kind"))
        #expect(try await conversation.ask("forget everything").folded.toolCalls.count == 1)
        #expect(try await conversation.ask("what do you remember?").text == "I remember nothing yet.\n")
        #expect(try await conversation.ask("Where is openDoor defined?").text == long)
    }

    @Test func memoryIsBounded() async throws {
        var limits = LibrarianLimits()
        limits.memoryVariables = 2
        limits.memoryBytes = 10
        var conversation = Conversation(folder.path, data: data, limits: limits)
        try await conversation.ask("remember that a is 1")
        #expect(
            try await conversation.ask("remember that b is 12345678901").text
                == "I did not remember that: it is longer than 10 bytes.\n")
        #expect(try await conversation.ask("remember that b is 1234567890").folded.memory["b"] == "1234567890")
        let refused = try await conversation.ask("remember that c is 1")
        #expect(refused.text == "I did not remember that: I keep 2 things at most; please forget one first.\n")
        #expect(refused.call("remember")?.status == .failed)
        #expect(refused.folded.memory.isEmpty)
        #expect(try await conversation.ask("remember that a is 2").folded.memory["a"] == "2")
    }

    @Test func filesAreListed() async throws {
        var conversation = conversation()
        let journal = try await conversation.ask("list the files in Sources")
        #expect(journal.plan.count == 3)
        #expect(
            journal.text
                == "There are 2 files under `Sources`.\n\n- `Sources/Door.swift`\n- `Sources/KeyRing.swift`\n")
        #expect(try await conversation.ask("ls Nothing").text == "There are no files under `Nothing`.\n")
    }

    @Test func whatIsSkippedIsSaid() async throws {
        try folder.write("picture", [0x00, 0x01])
        try folder.write("old.txt", [0xE9])
        try folder.write("dump.sql", [UInt8](repeating: 0x61, count: (1 << 20) + 1))
        var conversation = conversation()
        let text = try await conversation.ask("Where is openDoor defined?").text
        #expect(
            text.hasSuffix(
                """
                I searched 4 files. I skipped `dump.sql` (too large), `old.txt` (not UTF-8) and `picture` (binary).

                """))
        var limits = LibrarianLimits()
        limits.files = 2
        conversation = Conversation(folder.path, data: data, limits: limits)
        #expect(
            try await conversation.ask("Where are doors?").text
                .contains("The folder has more files than I look at: the rest is left out."))
    }

    @Test func hostileNamesAndTextsStayText() async throws {
        try folder.write(
            "a`b\n- `c` \u{1B}[2J\u{202E}.swift", "func zebra() { let `x` = \"```\" }\n\u{1B}]0;title\u{07}\n")
        var conversation = conversation()
        let journal = try await conversation.ask("Where is zebra?")
        #expect(journal.text.contains("``a`b␊- `c` ␛[2J\u{FFFD}.swift:1``"))
        #expect(journal.text.contains("````swift\nfunc zebra() { let `x` = \"```\" }\n␛]0;title␇\n````"))
        #expect(!journal.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(!journal.folded.toolCalls.contains { ($0.title ?? "").unicodeScalars.contains { $0.value < 0x20 } })
    }

    @Test func aMissingFolderFailsTheTurnWithOneSentence() async throws {
        let conversation = Conversation("/nowhere/at/all", data: data)
        let journal = try CheckedJournal()
        let error = LibrarianError.folder("/nowhere/at/all", reason: "No such file or directory")
        #expect(error.description == "The folder `/nowhere/at/all` cannot be read: No such file or directory.")
        await #expect(throws: error) {
            try await conversation.answer(conversation.turn("Where is it?"), journal: journal)
        }
        #expect(journal.call("list_files")?.status == .failed)
        let resumed = try CheckedJournal(journal.entries)
        await #expect(throws: error) {
            try await conversation.answer(
                conversation.turn("Where is it?", recorded: journal.entries), journal: resumed)
        }
        #expect(resumed.entries == journal.entries, "nothing is left to record")
    }

    @Test func aFolderOfIndexesThatCannotBeMadeFailsNoTurn() async throws {
        try data.write("indexes", "a file where a folder should be")
        let conversation = conversation()
        let journal = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn("Where is openDoor?"), journal: journal)
        #expect(journal.text.contains("Door.swift"))
    }

    @Test func aFileThatVanishesWhileItIsReadIsSaid() async throws {
        let folder = folder
        let conversation = conversation()
        FailPoint.set(
            "librarian.step4", scope: conversation.session.rawValue,
            to: .perform {
                for name in ["Sources/Door.swift", "Tests/DoorTests.swift", "Sources/KeyRing.swift", "README.md"] {
                    folder.delete(name)
                }
            })
        defer { FailPoint.set("librarian.step4", scope: conversation.session.rawValue, to: nil) }
        let journal = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn("Where is openDoor?"), journal: journal)
        #expect(journal.call("read_file")?.status == .failed)
        #expect(
            journal.text.hasPrefix(
                "I found passages, but could not read them:\n\n- `Sources/Door.swift`: the file is gone"))
    }

    @Test(arguments: [
        "", "  \n", "?!", "…", "\"OR\" AND (NOT *)", "NEAR(a b)", "☃", "'; DROP TABLE file; --", "the of and",
    ])
    func everyPromptHasAnAnswer(prompt: String) async throws {
        var conversation = conversation()
        #expect(try await !conversation.ask(prompt).text.isEmpty)
        try await conversation.ask("and that?")
    }

    @Test(arguments: ["", "list the files in ", "remember that ", "forget ", "do you remember "])
    func aVeryLongPromptIsBounded(beginning: String) async throws {
        var conversation = conversation()
        for long in [String(repeating: "openDoor lockedKey ", count: 5000), String(repeating: "x", count: 100_000)] {
            let journal = try await conversation.ask(beginning + long)
            #expect(journal.entries.allSatisfy { "\($0)".utf8.count < 32 << 10 })
        }
        try await conversation.ask("and that?")
    }
}
