import Sync
import Wire

/// The prompts of the outbox as the screen shows them, until their entries are in the transcript.
struct Outbox: Hashable, Sendable {
    /// How many idempotency keys of echoed prompts are remembered. A prompt's item is removed soon after its echo, so
    /// few are needed.
    static let echoesMaximum = 256

    private var items: [OutboxItem] = []
    private var echoes: Set<ClientMessageID> = []
    private var echoesInOrder: [ClientMessageID] = []

    /// The prompts that are not in the transcript yet.
    var waiting: [OutboxItem] { items.filter { !echoes.contains($0.id) } }

    /// The last prompt that can be taken back into the input; `nil` when there is none.
    var returnable: OutboxItem? { waiting.last(where: \.canBeTakenBack) }

    /// Replaces the items by the present ones of the outbox.
    mutating func replace(with items: [OutboxItem]) { self.items = items }

    /// The entry of a prompt arrived: its item must not be shown as well.
    mutating func echo(_ id: ClientMessageID) {
        guard echoes.insert(id).inserted else { return }
        echoesInOrder.append(id)
        if echoesInOrder.count > Outbox.echoesMaximum { echoes.remove(echoesInOrder.removeFirst()) }
    }

    /// The prompts as blocks after the transcript, each with a line about its delivery.
    func blocks(isConnected: Bool, glyphs: Glyphs) -> [Block] {
        waiting.flatMap { item in
            let text = item.content.said.painted
            let (kind, words): (Block.LineKind, String) =
                switch item.state {
                case .sent: (.delivery, "sending…")
                case .pending where isConnected: (.delivery, "sending…")
                case .pending:
                    (
                        .delivery,
                        "\(glyphs.queued) queued — will be sent when the connection is back"
                            + (item.canBeTakenBack ? " (↑ takes it back)" : "")
                    )
                case .refused(let reason):
                    (.refusal, "\(glyphs.refused) not accepted: \(reason.label) (↑ takes it back)")
                }
            return [
                Block(
                    firstSeq: 0, timestamp: item.createdAt,
                    body: .message(MessageBlock(speaker: .user, id: MessageID(item.id.rawValue), whole: text))),
                Block(firstSeq: 0, timestamp: item.createdAt, body: .line(kind, words)),
            ]
        }
    }
}

extension [ContentBlock] {
    /// What the user typed, without the links that were made of it.
    var said: String {
        let texts = compactMap(\.text)
        return (texts.isEmpty ? map(\.shown) : texts).joined(separator: "\n")
    }
}

extension ConnectionStatus.State {
    /// Whether there is a connection, live or still resuming.
    var isConnected: Bool {
        switch self {
        case .live, .resuming: true
        case .connecting, .offline, .stopped: false
        }
    }
}
