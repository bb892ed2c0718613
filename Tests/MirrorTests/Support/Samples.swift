import Sync
import Wire

/// A prompt in the outbox.
func item(_ id: ClientMessageID, wasSent: Bool = false) -> OutboxItem {
    OutboxItem(
        id: id, content: [.text("\(id)?"), .resourceLink(name: "n", uri: "file:///n")], createdAt: 7, wasSent: wasSent)
}
