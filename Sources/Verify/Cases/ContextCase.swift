import Wire

/// Case 2: a connection drop in step 4 of 5, with variables in memory.
struct ContextCase: PlannedCase {
    let title = "Reconnection preserves memory and context"
    let name = "test_reconnection_preserves_agent_memory_and_context"

    private static let facts = [
        "remember that I prefer short answers", "remember that my name is Ada",
        "remember that the customer is Enterprise",
    ]
    private static let question = "How do the files of this folder depend on one another?"

    func run(on stand: Stand, into report: inout Report.Case) async throws {
        let device = stand.device()
        try await device.connect()
        try await device.makeSession()
        for fact in Self.facts { try await device.ask(fact) }
        let before = await device.copy.turnsEnded
        let isInStepFour: @Sendable (Copy) -> Bool = { copy in
            copy.state.runningTurn != nil && copy.state.workflow?.step == 4 && copy.state.workflow?.count == 5
        }
        await device.drop(when: isInStepFour)
        try await device.send(Self.question)
        try await device.until("step 4 of 5", within: Timeout.turn) { isInStepFour($0) || $0.turnsEnded > before }
        let original = await device.copy
        let dropped = original.state
        report.check(
            "dropped in mid-workflow", required: "step 4 of 5",
            measured: dropped.workflow.map { "step \($0.step) of \($0.count)" } ?? "no plan", isInStepFour(original))
        await device.drop()

        // The agent continues meanwhile, so the comparison covers the journal up to the entry of the drop.
        let took = try await device.connect()
        let other = stand.device()
        await other.begin(await device.session)
        try await other.connect()
        for client in [device, other] {
            try await client.until("the end of the turn", within: Timeout.turn) { $0.turnsEnded > before }
        }
        let (resumed, replay) = (await device.copy, await other.copy)
        let restored = replay.upTo(original.cursor).state
        Self.compare(dropped, restored, into: &report)

        let differences = replay.differences(from: try await other.state())
        report.compare(
            "replay equals the server's state", required: "equal", differences.isEmpty,
            detail: "these differ: \(differences.joined(separator: ", "))")
        let ends = resumed.turnsEnded - before
        let isFinished = resumed.state.workflow.map { $0.completed == $0.count } ?? false
        report.check(
            "the workflow goes on to its end", required: "once",
            measured: ends == 1 && isFinished ? "once" : "\(ends) ends, \(isFinished ? "whole" : "unfinished")",
            ends == 1 && isFinished)
        let wrong = resumed.gaps + resumed.repeated + replay.gaps + replay.repeated
        report.check(
            "entries missing or sent twice", required: "0", measured: "\(wrong)",
            wrong == 0 && resumed.entries == replay.entries)
        report.time("restoration", below: .seconds(1), took)
        await device.drop()
        await other.drop()
    }

    private static func compare(_ dropped: SessionState, _ restored: SessionState, into report: inout Report.Case) {
        let kept = dropped.memory.filter { restored.memory[$0.key] == $0.value }.count
        report.check(
            "memory variables", required: "all of \(facts.count)", measured: "\(kept) of \(dropped.memory.count)",
            restored.memory == dropped.memory && dropped.memory.count == facts.count)
        let preferences = dropped.memory.filter { $0.key.hasPrefix("preference.") }
        report.compare(
            "user preferences",
            !preferences.isEmpty && preferences.allSatisfy { restored.memory[$0.key] == $0.value })
        report.check(
            "workflow step", required: "4 of 5",
            measured: restored.workflow.map { "\($0.step) of \($0.count)" } ?? "no plan",
            restored.workflow?.step == 4 && restored.workflow?.count == 5)
        report.compare(
            "pending steps", !restored.plan.isEmpty && restored.workflow?.pending == dropped.workflow?.pending)
        let calls = dropped.toolCalls.filter { restored.toolCalls.contains($0) }.count
        report.check(
            "tool calls", required: "all of \(dropped.toolCalls.count)",
            measured: "\(calls) of \(dropped.toolCalls.count)",
            restored.toolCalls == dropped.toolCalls && !dropped.toolCalls.isEmpty)
        func nested(_ state: SessionState) -> [String] {
            state.toolCalls.map { ($0.rawInput ?? .null).text + ($0.rawOutput ?? .null).text }
        }
        report.compare("nested values of tool calls", nested(restored) == nested(dropped))
    }
}
