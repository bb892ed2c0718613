import DequeModule
import Ledger
import Logging
import NIOCore
import Transport
import Wire

/// What a connection sent, dealt with one after the other, and what it is sent.
///
/// A request that waits for the disk holds up the ones behind it and nobody else. While anything waits, or while the
/// client does not read what it is answered, its socket is not read: whoever asks without end waits at its own end.
extension Hub {
    /// Messages came.
    func received(_ messages: [Message], from peer: Peer) {
        peer.inbox.append(contentsOf: messages)
        serve(peer)
    }

    /// Deals with what waits, as far as it can be dealt with now.
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
            // It may have ended already: then the loop goes on, and nothing is stacked.
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

    /// Writes as much as the socket takes, and goes on with what waited for that.
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

    /// Puts a page of a replay on the list.
    func read(_ session: SessionID, for connection: ConnectionID, _ page: EntryPage) {
        guard let peer = peers[connection] else { return }
        peer.reads.append((session, page))
        readNext(for: peer)
    }

    /// Reads the next page when what was queued before it has gone out. Before the 101 nothing can go out, and the first
    /// pages belong right behind it, as many as may wait for a connection.
    private func readNext(for peer: Peer) {
        let hasRoom =
            peer.connection == nil
            ? peer.outgoing.bytes <= configuration.outgoingBytesMaximum : peer.isDrained
        guard !peer.isReading, hasRoom, let (session, page) = peer.reads.popFirst() else { return }
        peer.isReading = true
        let connection = peer.id
        readers.run(for: peer.principal) { [store] in try store.entries(of: session, page) }.whenComplete { result in
            self.assumeIsolated { hub in
                guard let peer = hub.peers[connection] else { return }
                peer.isReading = false
                switch result {
                case .success(let entries): hub.handle(.loaded(connection, entries), in: session)
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
    /// Whether entries that were committed are still to be queued for the connection. An answer that was given now would
    /// overtake them.
    fileprivate var isBehind: Bool { isReading || !reads.isEmpty || !lagging.isEmpty }
}

extension Message {
    /// Whether it is dealt with while entries are still to come: what wants no answer, and a ping, which asks whether
    /// anybody is there.
    fileprivate var mayOvertake: Bool {
        switch self {
        case .request(_, let method, _): method == Method.ping
        case .notification, .response, .failure: true
        }
    }
}
