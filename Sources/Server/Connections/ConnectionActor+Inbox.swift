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
extension ConnectionActor {
    /// What a client has sent.
    enum Received {
        case message(Message)
        /// A text that is no message, with the error that answers it.
        case undecodable(RPCError)
    }

    /// Puts what was received into the inbox, and handles as much as possible now.
    func received(_ messages: [Received]) {
        inbox.append(contentsOf: messages)
        serve()
    }

    /// Handles queued requests until one has to wait.
    func serve() {
        guard !isServing else { return }
        isServing = true
        defer { isServing = false }
        while !isBusy, let next = inbox.first, hasRoom(for: next), !isBehind || next.mayOvertake {
            inbox.removeFirst()
            receive(next)
            if !isBusy { write() }
        }
        socket?.setReading(inbox.isEmpty)
    }

    /// Whether the next message may be handled: what waits to be sent, and how many gaps wait to be filled, is bounded.
    private func hasRoom(for next: Received) -> Bool {
        outgoing.bytes <= outgoingBytesMaximum && (!next.isFill || fills.count < ConnectionActor.fillsMaximum)
    }

    /// Handles a request that has to wait; those behind it wait for it.
    func prepare(_ work: @escaping @Sendable (isolated ConnectionActor) async -> Void) {
        isBusy = true
        Task.immediate {
            await work(self)
            self.prepared()
        }
    }

    private func prepared() {
        isBusy = false
        pump()
    }

    /// Whether committed entries are still to be queued for the connection; an answer given now would overtake them.
    private var isBehind: Bool { isReading || !reads.isEmpty || watches.values.contains(where: \.isLagging) }

    /// Reads the next page once the queue has drained. Before the 101 nothing can be written, so the first pages are
    /// read ahead, up to `limits.outgoing_bytes`, to follow the 101 at once.
    func readNext() {
        let mayRead = socket == nil ? outgoing.bytes <= outgoingBytesMaximum : isDrained
        guard !isReading, mayRead else { return }
        // A session that is not watched any more has nothing to be read, and must not hold up the others.
        while let (session, page) = reads.popFirst() {
            guard let watch = watches[session] else { continue }
            return read(page, of: session, for: watch)
        }
    }

    private func read(_ page: EntryPage, of session: SessionID, for watch: Watch) {
        isReading = true
        let encoding = encoding(isReplay: true)
        Task.immediate {
            do {
                let (entries, batch) = try await services.readers.run(for: principal) { [services] deadline in
                    let entries = try services.store.entries(of: session, page, by: deadline)
                    return (entries, EntryBatch(entries, of: session, encoding))
                }
                self.page = batch
                watch.session.post { [id] in $0.read(.success(entries), for: id) }
            } catch {
                let failure = error as? StoreError ?? .failed("\(error)")
                if !failure.isDamage {
                    services.note(
                        .error, "replay failed", of: principal,
                        ["session": session.rawValue, "error": "\(error)"])
                }
                watch.session.post { [id] in $0.read(.failure(failure), for: id) }
            }
        }
    }

    /// The session has decided what follows the page that was read.
    func hasRead() {
        isReading = false
        page = nil
        pump()
    }
}

extension ConnectionActor.Received {
    /// Whether it asks for entries of a gap.
    fileprivate var isFill: Bool {
        if case .message(.request(_, Method.fill, _)) = self { true } else { false }
    }

    /// Whether it is handled while entries are still to come: notifications, and pings, whose answer must not wait for a
    /// replay. An answer to what could not be decoded is about no session.
    fileprivate var mayOvertake: Bool {
        switch self {
        case .message(.request(_, let method, _)): method == Method.ping
        case .message(.notification), .message(.response), .message(.failure), .undecodable: true
        }
    }
}
