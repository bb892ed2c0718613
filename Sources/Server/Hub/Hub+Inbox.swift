import DequeModule
import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// The inbox and the queue of a connection: its requests are handled one at a time, in order.
///
/// A request that waits for the disk delays those behind it and no other connection. While requests wait, or while the
/// client does not read its answers, the socket is not read: TCP back-pressure then stops the client.
extension Hub {
    /// Puts received messages into the inbox, and handles as many as possible now.
    func received(_ messages: [Message], from peer: Peer) {
        peer.inbox.append(contentsOf: messages)
        serve(peer)
    }

    /// Handles queued requests until one has to wait.
    private func serve(_ peer: Peer) {
        guard !peer.isServing else { return }
        peer.isServing = true
        defer { peer.isServing = false }
        let id = peer.id
        while !peer.isBusy, peer.outgoing.bytes <= configuration.outgoingBytesMaximum, let next = peer.inbox.first,
            !peer.isBehind || next.mayOvertake
        {
            let message = peer.inbox.removeFirst()
            guard let work = receive(message, from: peer) else {
                peer.write()
                continue
            }
            peer.isBusy = true
            // A future that is already complete continues the loop here instead of recursing.
            work.whenComplete { _ in
                self.assumeIsolated { hub in
                    guard let peer = hub.peers[id] else { return }
                    peer.isBusy = false
                    hub.pump(peer)
                }
            }
        }
        peer.connection?.setReading(peer.inbox.isEmpty)
    }

    /// Writes as much as the socket takes, and continues what waited for room.
    func pump(_ peer: Peer) {
        peer.write()
        if !peer.lagging.isEmpty, peer.isDrained {
            let sessions = peer.lagging
            peer.lagging = []
            for session in sessions { handle(.drained(peer.id), in: session) }
            peer.write()
        }
        readNext(for: peer)
        if !peer.inbox.isEmpty { serve(peer) }
    }

    func pump(_ id: ConnectionID) {
        if let peer = peers[id] { pump(peer) }
    }

    /// Queues a page of a replay to be read.
    func read(_ session: SessionID, for connection: ConnectionID, _ page: EntryPage) {
        guard let peer = peers[connection] else { return }
        peer.reads.append((session, page))
        readNext(for: peer)
    }

    /// Reads the next page once the queue has drained. Before the 101 nothing can be written, so the first pages are
    /// read ahead, up to `limits.outgoing_bytes`, to follow the 101 at once.
    private func readNext(for peer: Peer) {
        let hasRoom =
            peer.connection == nil
            ? peer.outgoing.bytes <= configuration.outgoingBytesMaximum : peer.isDrained
        guard !peer.isReading, hasRoom, let (session, page) = peer.reads.popFirst() else { return }
        peer.isReading = true
        let (connection, encoding) = (peer.id, peer.encoding(isReplay: true))
        readers.run(for: peer.principal) { [store] in
            let entries = try store.entries(of: session, page)
            return (entries, EntryBatch(entries, of: session, encoding))
        }.whenComplete { result in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                peer.isReading = false
                switch result {
                case .success(let (entries, batch)):
                    peer.page = batch
                    hub.handle(.loaded(connection, entries), in: session)
                    peer.page = nil
                case .failure(let error as StoreError) where error.isDamage:
                    hub.setAside(session, because: error)
                case .failure(let error):
                    hub.note(
                        .error, "replay failed", of: peer.principal,
                        ["session": session.rawValue, "error": "\(error)"])
                    hub.handle(.loadFailed(connection, error as? StoreError ?? .failed("\(error)")), in: session)
                }
                hub.pump(peer)
            }
        }
    }
}

extension Peer {
    /// Whether committed entries are still to be queued for the connection; an answer given now would overtake them.
    fileprivate var isBehind: Bool { isReading || !reads.isEmpty || !lagging.isEmpty }
}

extension Message {
    /// Whether the message is handled while entries are still to come: notifications, and pings, whose answer must not
    /// wait for a replay.
    fileprivate var mayOvertake: Bool {
        switch self {
        case .request(_, let method, _): method == Method.ping
        case .notification, .response, .failure: true
        }
    }
}
