import Glibc
import FailPoints
import Testing
import Wire

@testable import Agents

/// The server dies anywhere in a turn, and the turn goes on.
@Suite struct ResumeTests {
    private let data: TestFolder
    private let folder: TestFolder

    init() throws {
        data = try TestFolder()
        folder = try doors()
    }

    /// Every kind of turn, cut behind every single entry: what is recorded in the end is the same to the last byte.
    @Test(arguments: [
        "Where is openDoor defined?", "and where is that tested?", "Where is the window?", "list the files",
        "remember that the colour is green", "forget everything", "forget nothing at all", "what do you remember?",
        "hello",
        "thanks", "help",
    ])
    func aTurnGoesOnFromEveryEntry(prompt: String) async throws {
        var conversation = Conversation(folder.path, data: data)
        for earlier in ["remember that my name is Ada", "remember that the key is 7", "Where are keys kept?"] {
            try await conversation.ask(earlier)
        }
        // The index is made before, so that how much of it is new does not depend on the cut.
        let whole = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn(prompt), journal: whole)
        #expect(whole.entries.count >= 4)
        for cut in 0...whole.entries.count {
            let recorded = Array(whole.entries.prefix(cut))
            let journal = try CheckedJournal(recorded)
            let reason = try await conversation.answer(
                conversation.turn(prompt, recorded: recorded), journal: journal)
            #expect(reason == .endTurn)
            #expect(journal.entries == whole.entries, "cut behind entry \(cut)")
        }
    }

    /// The same with the index half made or lost: the numbers differ, the answer does not.
    @Test func aTurnGoesOnWithoutItsIndex() async throws {
        let prompt = "Where is openDoor defined?"
        let conversation = Conversation(folder.path, data: data)
        let whole = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn(prompt), journal: whole)
        for cut in 0...whole.entries.count {
            let fresh = Conversation(folder.path, data: try TestFolder())
            let recorded = Array(whole.entries.prefix(cut))
            let journal = try CheckedJournal(recorded)
            _ = try await fresh.answer(fresh.turn(prompt, recorded: recorded), journal: journal)
            #expect(journal.text == whole.text, "cut behind entry \(cut)")
            #expect(journal.entries.count == whole.entries.count)
        }
    }

    @Test func fromStepFourOnNeitherListNorIndexIsTouched() async throws {
        let prompt = "Where is openDoor defined?"
        let conversation = Conversation(folder.path, data: data)
        let whole = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn(prompt), journal: whole)
        let searched = try #require(
            whole.entries.firstIndex { entry in
                if case .update(.plan(let plan)) = entry.body { plan[3].status == .inProgress } else { false }
            })
        let empty = try TestFolder()
        let fresh = Conversation(folder.path, data: empty)
        let recorded = Array(whole.entries[...searched])
        let journal = try CheckedJournal(recorded)
        _ = try await fresh.answer(fresh.turn(prompt, recorded: recorded), journal: journal)
        #expect(journal.entries == whole.entries)
        #expect(access(empty.path + "/indexes", F_OK) != 0)
    }

    /// The server merges the chunks of a message when it replays them.
    @Test func mergedChunksAreTheSameText() async throws {
        let prompt = "Where is openDoor defined?"
        let conversation = Conversation(folder.path, data: data)
        let whole = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn(prompt), journal: whole)
        for cut in 0...whole.entries.count {
            let recorded = Entry.coalesced(whole.entries.prefix(cut))
            let journal = try CheckedJournal(recorded)
            _ = try await conversation.answer(
                conversation.turn(prompt, recorded: recorded), journal: journal)
            #expect(journal.text == whole.text)
        }
    }

    @Test func aTextThatCannotBeGoneOnWithIsNotRepeated() {
        let text = "One sentence that is long enough to be a piece of the text. Another one of these. And an end.\n"
        #expect(AnswerStep.pieces(of: text, after: "").joined() == text)
        #expect(AnswerStep.pieces(of: text, after: text).isEmpty)
        #expect(AnswerStep.pieces(of: text, after: "One sentence").joined() == text.dropFirst(12))
        #expect(AnswerStep.pieces(of: text, after: "Two sentences") == [AnswerStep.broken])
        #expect(AnswerStep.pieces(of: text, after: "Two sentences" + AnswerStep.broken).isEmpty)
        #expect(AnswerStep.pieces(of: text, after: text + "more") == [AnswerStep.broken])
    }

    @Test func aPlanOfAnotherVersionIsNotGoneOnWith() async throws {
        let conversation = Conversation(folder.path, data: data)
        let plan = [PlanEntry(content: "Something else", status: .inProgress)]
        let recorded = [Entry(seq: 1, timestamp: 0, body: .update(.plan(plan)))]
        let journal = try CheckedJournal(recorded)
        await #expect(throws: LibrarianError.resume) {
            try await conversation.answer(
                conversation.turn("Where is it?", recorded: recorded), journal: journal)
        }
        #expect(journal.entries == recorded)
    }

    /// Which turns are gone on with is decided for each of them, by what it recorded.
    @Test func theLibrarianGoesOnWithItsOwnPlansOnly() async throws {
        let conversation = Conversation(folder.path, data: data)
        func resumption(_ plan: [String]) async throws -> Resumption {
            let entries = plan.map { PlanEntry(content: $0, status: .pending) }
            let recorded = [Entry(seq: 1, timestamp: 0, body: .update(.plan(entries)))]
            let turn = conversation.turn("Where is it?", recorded: plan.isEmpty ? [] : recorded)
            let context = SessionContext(session: turn.session, folder: turn.folder)
            return try await conversation.librarian.open(context, host: try CheckedJournal()).resume(turn)
        }
        let own = [
            "Understand the question", "List the files", "Index the files and search them", "Read the best passages",
            "Write the answer",
        ]
        #expect(try await resumption(own) == .goesOn)
        #expect(try await resumption([]) == .goesOn, "nothing was recorded")
        #expect(try await resumption(["Something else"]) == .ends(LibrarianError.resume.sentence))
    }

    /// A real `kill -9` in step 4, in a process of its own whose journal is a file.
    @Test func aKilledProcessIsGoneOnWith() async throws {
        let prompt = "Where is openDoor defined?"
        let conversation = Conversation(folder.path, data: data)
        _ = try await conversation.answer(conversation.turn(prompt), journal: try CheckedJournal())
        let whole = try CheckedJournal()
        _ = try await conversation.answer(conversation.turn(prompt), journal: whole)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [folderPath = folder.path as String, dataPath = data.path as String] in
            let file = try FileJournal(dataPath + "/journal")
            FailPoint.set("librarian.step4.passage", to: .crash)
            let conversation = Conversation(folderPath, dataPath: dataPath)
            _ = try await conversation.answer(conversation.turn("Where is openDoor defined?"), journal: file)
        }
        let recorded = try FileJournal.entries(data.path + "/journal")
        let state = SessionState(folding: recorded)
        #expect(state.workflow?.step == 4)
        #expect(state.toolCalls.count { $0.status == .completed } == 3, "list, search and one passage are done")
        let journal = try CheckedJournal(recorded)
        _ = try await conversation.answer(conversation.turn(prompt, recorded: recorded), journal: journal)
        #expect(journal.entries == whole.entries)
    }
}
