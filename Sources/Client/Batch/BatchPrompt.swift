import Sync
import Wire

/// The present prompt of a batch run: what has become of it, and what was written of its turn.
///
/// The mirror's copy may be replaced while the turn runs. Then the turn is read again from its beginning, and only what
/// was not written yet is written; its text may be split differently.
struct BatchPrompt: Hashable, Sendable {
    /// What the server does with the prompt before its turn begins.
    enum State: Hashable, Sendable {
        /// It goes out, or has gone out.
        case waiting
        /// The server has not accepted it since then, although it is connected.
        case held(since: Instant)
        /// The server has refused it, with the reason.
        case refused(String)
    }

    /// What the prompt came to.
    enum Outcome: Hashable, Sendable {
        /// The server has refused it, with the reason.
        case refused(String)
        /// Its turn ended before the answer was complete, with the text so far.
        case unfinished(String)
        /// Its turn ended by itself, with this answer.
        case answered(String)
    }

    /// A question that the user is being asked, and its entry.
    struct Asked: Hashable, Sendable {
        var question: Question
        var entry: Entry
    }

    /// The present state; only the methods below change it.
    private(set) var state = State.waiting
    /// Whether it was sent, so that the server may have it.
    private(set) var wasSent = false
    private var collector: TurnCollector
    /// How many steps of the turn were written, and how many bytes of the answer.
    private var (stepsWritten, bytesWritten) = (0, 0)
    /// How many questions of the turn were answered with a refusal.
    private(set) var denials = 0
    private let permissions: BatchPermissions
    /// The questions that the user is being asked.
    private(set) var asked: [RequestKey: Asked] = [:]

    /// Steps seen since the turn was last read from its beginning.
    private var stepsSeen = 0

    /// A prompt that was put into the outbox under this key.
    init(_ id: ClientMessageID, permissions: BatchPermissions = .deny) {
        collector = TurnCollector(prompt: id)
        self.permissions = permissions
    }

    /// The idempotency key.
    var id: ClientMessageID { collector.prompt }

    /// What the prompt came to; `nil` until it is over.
    var outcome: Outcome? {
        if case .refused(let reason) = state { return .refused(reason) }
        guard let outcome = collector.outcome else { return nil }
        let isWhole = outcome == .stopped(.endTurn) && denials == 0
        return isWhole ? .answered(collector.text) : .unfinished(collector.text)
    }

    /// Whether the server may have it: then a turn goes on there without this run.
    var mayBeAtServer: Bool { wasSent || collector.turn != nil }

    /// Since when the server has not accepted it although it is connected; `nil` when it has.
    var heldSince: Instant? {
        guard case .held(let since) = state, collector.turn == nil else { return nil }
        return since
    }

    /// Something at the server does not work, which may hold the prompt up.
    mutating func hold(at now: Instant) {
        if case .waiting = state { state = .held(since: now) }
    }

    /// The server has refused it for good; the first reason counts.
    mutating func refuse(_ reason: String) {
        switch state {
        case .waiting, .held: state = .refused(reason)
        case .refused: break
        }
    }

    /// Its state in the outbox has changed.
    ///
    /// - Returns: What to do: a prompt that was refused is taken back.
    mutating func changed(to item: OutboxItem) -> [BatchAction] {
        wasSent = wasSent || item.wasSent || item.state == .sent
        guard case .refused(let reason) = item.state else { return [] }
        if case .refused = state { return [] }
        state = .refused(reason)
        // Without a user who could take it back, it must not go out with the next run of this chat.
        return [.takeBack(item.id)]
    }

    /// Follows the prompt through entries, in order.
    ///
    /// - Returns: What to write.
    mutating func take(_ entries: [Entry]) -> [BatchAction] {
        var actions: [BatchAction] = []
        for entry in entries {
            // Answered by another client, or closed with its turn.
            if case .event(.requestResolved(let resolution)) = entry.body { asked[resolution.key] = nil }
            for step in collector.apply(entry) {
                guard let step = unwritten(step) else { continue }
                guard case .asked(let question) = step else {
                    actions.append(.step(step, of: id, in: collector.turn, entry))
                    continue
                }
                if let isAllowed = permissions.isAllowed(question) {
                    actions += decide(question, isAllowed, entry)
                } else {
                    asked[question.key] = Asked(question: question, entry: entry)
                    actions.append(.ask(question))
                }
            }
        }
        return actions
    }

    /// The user has said whether something may be done.
    mutating func decide(_ key: RequestKey, _ isAllowed: Bool) -> [BatchAction] {
        guard let asked = asked.removeValue(forKey: key) else { return [] }
        return decide(asked.question, isAllowed, asked.entry)
    }

    private mutating func decide(_ question: Question, _ isAllowed: Bool, _ entry: Entry) -> [BatchAction] {
        let answer = question.answer(isAllowed: isAllowed)
        if question.decision(of: answer) != "allow_once" { denials += 1 }
        return [
            .permission(question, isAllowed: isAllowed, in: collector.turn, entry), .answer(question.key, answer),
        ]
    }

    /// Follows the prompt through a copy from its beginning.
    ///
    /// - Returns: What to write that was not written before.
    mutating func reread(_ entries: [Entry]) -> [BatchAction] {
        stepsSeen = 0
        collector = TurnCollector(prompt: id)
        return take(entries)
    }

    /// A step as it is written, without the text that was written before; `nil` when all of it was.
    private mutating func unwritten(_ step: TurnCollector.Step) -> TurnCollector.Step? {
        if case .delta = step {
            let text = collector.text.utf8
            guard text.count > bytesWritten else { return nil }
            let more = String(decoding: text.dropFirst(bytesWritten), as: UTF8.self)
            bytesWritten = text.count
            return .delta(more)
        }
        stepsSeen += 1
        guard stepsSeen > stepsWritten else { return nil }
        stepsWritten = stepsSeen
        return step
    }
}
