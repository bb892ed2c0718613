import Wire

/// Case 1: five messages, a drop, and the whole conversation afterwards.
struct HistoryCase: PlannedCase {
    let title = "Reconnection preserves the conversation"
    let name = "test_basic_reconnection_preserves_conversation_history"

    private static let prompts = [
        "hello", "what can you do?", "list the files", "What is this folder about?", "thank you",
    ]

    func run(on stand: Stand, into report: inout Report.Case) async throws {
        let device = stand.device()
        try await device.connect()
        try await device.makeSession()
        for prompt in Self.prompts { try await device.ask(prompt) }
        let original = await device.copy
        await device.drop()
        try await stand.wait(stand.pace.pause.actual, "case 1")

        let clock = ContinuousClock()
        let reconnected = try await device.connect()
        let begun = clock.now
        let history = try await device.history()
        let retrieved = clock.now - begun
        let resumed = await device.copy
        // A second client without a copy is sent everything.
        let other = stand.device()
        await other.begin(await device.session)
        let replayed = try await other.connect()
        let replay = await other.copy
        await device.drop()
        await other.drop()

        let (asked, said) = (original.messages.filter { $0.role == .user }, history.filter { $0.role == .user })
        report.check(
            "messages in the history", required: "\(Self.prompts.count)", measured: "\(said.count)",
            said.count == Self.prompts.count && asked.count == said.count)
        report.compare("order of the messages", said.map(\.text) == Self.prompts)
        report.compare("ids", said.map(\.id) == asked.map(\.id) && Set(said.map(\.id)).count == said.count)
        let times = history.map(\.timestamp)
        report.compare(
            "timestamps", times == original.messages.map(\.timestamp) && times == replay.messages.map(\.timestamp),
            detail: "a timestamp is not the one that was sent at first")
        let (answers, kept) = (
            original.messages.filter { $0.role == .assistant }, history.filter { $0.role == .assistant }
        )
        report.check(
            "answers of the agent", required: "\(answers.count), the same",
            measured: kept == answers ? "\(kept.count), the same" : "\(kept.count), others",
            kept == answers && answers.count >= Self.prompts.count)
        report.check(
            "entries missing or sent twice", required: "0", measured: "\(Self.wrong(original, replay, resumed))",
            Self.wrong(original, replay, resumed) == 0)
        report.compare("replay, entry for entry", replay.entries == original.entries)
        report.compare(
            "history equals replay", required: "byte for byte",
            history.map(\.json.text) == replay.messages.map(\.json.text))
        report.time("retrieval of the history", below: .seconds(1), retrieved)
        report.time("replay of everything", below: .seconds(1), replayed)
        report.time("return to a current copy", below: .seconds(1), reconnected)
    }

    /// How many entries are missing or repeated.
    private static func wrong(_ original: Copy, _ replay: Copy, _ resumed: Copy) -> Int {
        let missing = Set(original.entries.map(\.seq)).subtracting(replay.entries.map(\.seq)).count
        let repeated = original.repeated + replay.repeated + resumed.repeated
        return max(missing, original.gaps + replay.gaps + resumed.gaps) + repeated
    }
}

extension HistoryMessage {
    /// The text of all content blocks.
    fileprivate var text: String { content.compactMap(\.text).joined() }
}
