import Agents
import Glibc
import Testing
import Wire

@Suite struct FailPointTests {
    private let data: TestFolder
    private let folder: TestFolder

    init() throws {
        data = try TestFolder()
        folder = try doors()
    }

    @Test(arguments: [
        ("librarian.step1", 1), ("librarian.step2", 2), ("librarian.step3", 3), ("librarian.step4", 4),
        ("librarian.step4.passage", 4), ("librarian.step5", 5), ("librarian.step5.chunk", 5),
    ])
    func aCancelEndsAHeldStep(point: String, step: Int) async throws {
        let conversation = Conversation(folder.path, data: data)
        let journal = try CheckedJournal()
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        FailPoint.set(
            point, scope: conversation.session.rawValue,
            to: .perform {
                arrived.finish()
                try await Task.sleep(for: .seconds(3600))
            })
        let task = Task {
            try await conversation.librarian.answer(conversation.turn("Where is openDoor?"), journal: journal)
        }
        for await _ in arrivals {}
        #expect(WorkflowPosition(plan: journal.plan)?.step == step)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        FailPoint.set(point, scope: conversation.session.rawValue, to: nil)

        let resumed = try CheckedJournal(journal.entries)
        let reason = try await conversation.librarian.answer(
            conversation.turn("Where is openDoor?", recorded: journal.entries), journal: resumed)
        #expect(reason == .endTurn)
    }

    @Test func aFileHoldsUntilItIsGone() async throws {
        let scope = data.path
        let gate = data.path + "/gate"
        try data.write("gate", "")
        FailPoint.set("test.point", scope: scope, to: .hold(whileExists: gate))
        defer { FailPoint.set("test.point", scope: scope, to: nil) }
        try await FailPoint.reached("test.point", scope: "somebody else's")
        let held = Task { try await FailPoint.reached("test.point", scope: scope) }
        held.cancel()
        await #expect(throws: CancellationError.self) { try await held.value }
        data.delete("gate")
        try await FailPoint.reached("test.point", scope: scope)
    }

    @Test func theEnvironmentSaysTheSame() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            setenv("BELAY_FAILPOINT", "a.b=hold:/nowhere/at/all,c.d=crash", 1)
            try await FailPoint.reached("a.b")
            try await FailPoint.reached("e.f", scope: "x")
            try await FailPoint.reached("c.d", scope: "x")
        }
    }

    @Test(arguments: ["a", "a=b", "a=hold:relative", "=crash"])
    func aPointThatCannotBeReadStopsTheProgram(text: String) async {
        await #expect(processExitsWith: .failure) { [text] in
            setenv("BELAY_FAILPOINT", text, 1)
            try? await FailPoint.reached("a")
            exit(0)
        }
    }
}
