import Agents
import FailPoints
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
            try await conversation.answer(conversation.turn("Where is openDoor?"), journal: journal)
        }
        for await _ in arrivals {}
        #expect(WorkflowPosition(plan: journal.plan)?.step == step)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        FailPoint.set(point, scope: conversation.session.rawValue, to: nil)

        let resumed = try CheckedJournal(journal.entries)
        let reason = try await conversation.answer(
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
            setenv("BELAY_FAILPOINT", "librarian.step1=hold:/nowhere/at/all,server.fence=crash", 1)
            try await FailPoint.reached("librarian.step1")
            try await FailPoint.reached("librarian.step2", scope: "x")
            #expect(FailPoint.hit("server.answer") == .proceed)
            FailPoint.hit("server.fence", scope: "x")
        }
    }

    @Test func aTimeIsCounted() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            setenv("BELAY_FAILPOINT", "server.replay=drop@2,server.fence=crash@3,server.answer=drop", 1)
            var dropped = (1...3).filter { _ in FailPoint.hit("server.replay") == .drop }
            precondition(dropped == [2])
            dropped = (1...3).filter { _ in FailPoint.hit("server.answer") == .drop }
            precondition(dropped == [1, 2, 3])
            for _ in 1...2 { FailPoint.hit("server.fence") }
            try await FailPoint.reached("server.fence")
        }
    }

    @Test func ofSeveralProcessesOneDies() async throws {
        let gate = data.path + "/gate"
        try data.write("gate", "")
        let setting = "server.fence=crash:\(gate)@2"
        await #expect(processExitsWith: .signal(SIGKILL)) { [setting = setting as String] in
            setenv("BELAY_FAILPOINT", setting, 1)
            for _ in 1...2 { FailPoint.hit("server.fence") }
        }
        #expect(access(gate, F_OK) != 0, "it is taken away first")
        await #expect(processExitsWith: .success) { [setting = setting as String] in
            setenv("BELAY_FAILPOINT", setting, 1)
            for _ in 1...9 { FailPoint.hit("server.fence") }
            exit(0)
        }
    }

    @Test func aTestOfThisProcessCanDropInItsOwnScope() {
        FailPoint.set("server.replay", scope: "a", to: .drop)
        defer { FailPoint.set("server.replay", scope: "a", to: nil) }
        #expect(FailPoint.hit("server.replay", scope: "a") == .drop)
        #expect(FailPoint.hit("server.replay", scope: "b") == .proceed)
    }

    @Test func thePointsAreNumberedInTheOrderOfTheList() {
        #expect(FailPointName.allCases.count == 23)
        #expect(FailPointName.allCases.last == .chunk)
        #expect(Set(FailPointName.allCases.map(\.rawValue)).count == FailPointName.allCases.count)
    }

    @Test(arguments: [
        "server.fence", "server.fence=b", "server.fence=hold:relative", "=crash", "server.nothing=crash",
        "server.fence=crash@", "server.fence=crash@0", "server.fence=drop@x", "server.fence=crash:relative",
    ])
    func aPointThatCannotBeReadStopsTheProgram(text: String) async {
        await #expect(processExitsWith: .failure) { [text] in
            setenv("BELAY_FAILPOINT", text, 1)
            try? await FailPoint.reached("server.fence")
            exit(0)
        }
    }
}
