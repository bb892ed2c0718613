import Sync
import Wire

@testable import Client

/// Entries, statuses and moments for the tests of a batch run's values.
enum BatchMoments {
    /// So many milliseconds after the run began.
    static func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    /// What the client says of its connection.
    static func status(_ state: ConnectionStatus.State, failure: String? = nil) -> ConnectionStatus {
        ConnectionStatus(state: state, lastFailure: failure)
    }

    /// Not connected.
    static let offline = ConnectionStatus.State.offline(since: .zero, attempt: 1, retryAt: .zero)

    /// The resume that is reported with a status.
    static let resume = ConnectionStatus.Resume(
        latency: .milliseconds(212), opening: .milliseconds(80), offline: .seconds(2), events: 3, bytes: 100)

    /// A prompt in the outbox.
    static func item(
        _ id: ClientMessageID, _ state: OutboxItem.State = .pending, wasSent: Bool = false
    ) -> OutboxItem {
        OutboxItem(id: id, content: [.text("\(id)?")], createdAt: 0, state: state, wasSent: wasSent)
    }

    /// The entries of a prompt's turn, which takes a second: its echo, its beginning, pieces of the answer, and its end
    /// unless there is no outcome.
    static func turn(
        of id: ClientMessageID, _ pieces: [String], outcome: TurnOutcome? = .stopped(.endTurn), from first: Seq = 1
    ) -> [Entry] {
        let message = MessageID("message-\(id)")
        var bodies: [Entry.Body] = [.event(.turnStart(name(id), prompt: message))]
        bodies += pieces.map { .update(.agentMessage(ContentChunk(messageID: "answer", content: .text($0)))) }
        if let outcome { bodies.append(.event(.turnEnd(name(id), outcome))) }
        let echo = Entry(
            seq: first, timestamp: 0, clientMessageID: id,
            body: .update(.userMessage(ContentChunk(messageID: message, content: .text("\(id)?")))))
        return [echo]
            + bodies.enumerated().map { index, body in
                let isEnd = outcome != nil && index == bodies.count - 1
                return Entry(seq: first + Seq(index) + 1, timestamp: isEnd ? 1_000 : 0, body: body)
            }
    }

    /// The name of a prompt's turn.
    static func name(_ id: ClientMessageID) -> TurnID { TurnID("turn-\(id)") }

    /// What is written of such a turn, piece by piece.
    static func steps(_ entries: [Entry], of id: ClientMessageID) -> [BatchAction] {
        var text = ""
        return entries.compactMap { entry in
            let step: TurnCollector.Step
            switch entry.body {
            case .event(.turnStart(let turn, _)): step = .started(turn)
            case .event(.turnEnd(_, let outcome)):
                step = .ended(.init(outcome: outcome, text: text, tools: [], duration: .seconds(1)))
            case .update(.agentMessage(let chunk)):
                text += chunk.content.text ?? ""
                step = .delta(chunk.content.text ?? "")
            case .update, .event: return nil
            }
            return .step(step, of: id, in: name(id), entry)
        }
    }
}
