import Ledger
import NIOCore
import Wire

/// What sessions post to a connection while `initialize` is being answered, in order and bounded. That may take a while
/// when the disk is slow, and a turn of a session that is attached already goes on meanwhile.
struct HeldBack {
    /// What follows the answer.
    enum Item: Hashable {
        case effect(LedgerEffect)
        /// The entries behind this one were dropped; the session replays them.
        case dropped(behind: Seq)
        /// A call of the session's agent; how many there are, and how long, the session bounds.
        case call(ClientCall, ClientCalls.Number)
    }

    private(set) var items: [(SessionID, Item)] = []
    /// How many bytes of live entries there are. What attaches replay from memory is bounded by the sessions that one
    /// `initialize` may name.
    private var bytes = 0
    /// The sessions of which entries were dropped.
    private var dropped: Set<SessionID> = []

    /// Appends a call of a session's agent.
    mutating func append(_ call: ClientCall, _ number: ClientCalls.Number, of session: SessionID) {
        items.append((session, .call(call, number)))
    }

    /// Appends effects of a session. Live entries beyond the bound are dropped, and all of the session that follow.
    ///
    /// - Parameter maximum: The most bytes of live entries.
    mutating func append(_ effects: [LedgerEffect], of session: SessionID, atMost maximum: Int) {
        for effect in effects {
            guard case .deliver(_, let entries, isReplay: false) = effect, let first = entries.first else {
                items.append((session, .effect(effect)))
                continue
            }
            guard !dropped.contains(session) else { continue }
            bytes += entries.reduce(0) { $0 + $1.payload.readableBytes + EncodedEntry.envelopeBytes }
            if bytes > maximum {
                dropped.insert(session)
                items.append((session, .dropped(behind: first.from - 1)))
            } else {
                items.append((session, .effect(effect)))
            }
        }
    }
}
