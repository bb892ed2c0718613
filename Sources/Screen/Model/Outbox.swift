import Sync
import Wire

/// The prompts that were sent and are not in the journal yet.
struct Outbox: Hashable, Sendable {
    /// How many keys of echoed prompts are remembered. A prompt's item goes soon after its echo has come, so few are
    /// ever needed.
    static let echoesMaximum = 256

    private var items: [OutboxItem] = []
    private var echoes: Set<ClientMessageID> = []
    private var echoesInOrder: [ClientMessageID] = []

    /// The prompts that the transcript does not show yet.
    var waiting: [OutboxItem] { items.filter { !echoes.contains($0.id) } }

    /// The refused prompt that was sent last.
    var refused: OutboxItem? {
        waiting.last { item in
            if case .refused = item.state { true } else { false }
        }
    }

    /// Takes what is in the outbox now.
    mutating func replace(with items: [OutboxItem]) { self.items = items }

    /// A prompt came back as an entry, so that its item is not shown twice.
    mutating func echo(_ id: ClientMessageID) {
        guard echoes.insert(id).inserted else { return }
        echoesInOrder.append(id)
        if echoesInOrder.count > Outbox.echoesMaximum { echoes.remove(echoesInOrder.removeFirst()) }
    }

    /// The user took a prompt back.
    mutating func remove(_ id: ClientMessageID) { items.removeAll { $0.id == id } }

    /// The prompts as blocks behind the transcript, each with a line that says how far it is.
    func blocks(isConnected: Bool, glyphs: Glyphs) -> [Block] {
        waiting.flatMap { item in
            let text = item.content.map(\.shown).joined(separator: "\n").painted
            let (kind, words): (Block.LineKind, String) =
                switch item.state {
                case .sent: (.delivery, "sending…")
                case .pending where isConnected: (.delivery, "sending…")
                case .pending: (.delivery, "\(glyphs.queued) queued — will be sent when the connection is back")
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

extension ConnectionStatus.State {
    /// Whether there is a connection, be it current or still catching up.
    var isConnected: Bool {
        switch self {
        case .live, .resuming: true
        case .connecting, .offline, .stopped: false
        }
    }
}
