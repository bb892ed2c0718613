import DequeModule
import Ledger
import NIOCore
import Wire

/// Entries of gaps (`_belay/fill`): the end of a gap first, as a replay would have sent it, in pages.
///
/// They have time: a page is read when the connection has taken everything else, and no replay is in progress. Requests
/// are handled meanwhile, so that a prompt does not wait for a long gap on a slow link.
extension ConnectionActor {
    /// A request for entries of a gap.
    struct Fill {
        let id: RequestID
        /// What of it is still to be sent.
        var rest: FillRequest
        /// Whether the client does not want it any more.
        var isCancelled = false
    }

    /// How many requests for entries of gaps may wait; with as many, no other request is handled.
    static let fillsMaximum = 16
    /// How many entries are read for one page.
    private static let pageEntries = 512

    /// Takes a request for entries of a gap.
    func fill(_ request: FillRequest, _ id: RequestID) {
        fills.append(Fill(id: id, rest: request))
        fillNext()
    }

    /// The client does not want the rest any more; a request of another kind is answered all the same.
    func cancelFill(_ id: RequestID) {
        guard let index = fills.firstIndex(where: { $0.id == id }) else { return }
        fills[index].isCancelled = true
        // The page that is being read is dropped.
        if index > 0 || !isFilling { endFill(at: index, RPCError(.requestCancelled, "the client cancelled it")) }
    }

    private func endFill(at index: Int, _ error: RPCError) {
        queue(error, answering: fills.remove(at: index).id)
        pump()
    }

    /// Reads and queues the next page, once there is room for it.
    func fillNext() {
        guard !isFilling, !isReading, reads.isEmpty, isDrained, let fill = fills.first else { return }
        isFilling = true
        Task.immediate {
            do {
                self.filled(.success(try await self.page(of: fill.rest, fill.id)))
            } catch {
                self.filled(.failure(self.services.refusal(error, of: self.principal)))
            }
        }
    }

    /// A page of an encoded request, and what is left of the request then; `nil` when the page is its answer.
    private typealias Page = (bytes: ByteBuffer, rest: FillRequest?)

    private func filled(_ page: Result<Page, RPCError>) {
        isFilling = false
        // None when the connection has ended meanwhile.
        guard let fill = fills.first else { return }
        if fill.isCancelled { return endFill(at: 0, RPCError(.requestCancelled, "the client cancelled it")) }
        switch page {
        case .failure(let error): endFill(at: 0, error)
        case .success((let bytes, let rest)):
            if let rest { fills[0].rest = rest } else { fills.removeFirst() }
            queue(bytes)
            pump()
        }
    }

    /// Reads the newest entries of the gap.
    private func page(of request: FillRequest, _ id: RequestID) async throws -> Page {
        guard let pin = try await services.sessions.find(request.session, for: principal) else {
            throw services.unknown(request.session)
        }
        defer { pin.release() }
        let record = pin.session.summary.record
        guard record.epoch == request.epoch, request.range.upperBound <= record.headSeq else {
            throw RPCError.invalidParams("the journal has no such entries")
        }
        let isMerged = layer?.coalesce ?? false
        return try await services.readers.run(for: principal) { [services] deadline in
            let entries = try services.store.entries(
                of: request.session,
                EntryPage(
                    after: request.range.lowerBound - 1, through: request.range.upperBound,
                    limit: ConnectionActor.pageEntries, bytes: Int(FillRequest.bytesMaximum), end: .last),
                by: deadline)
            let rest = entries.first.flatMap { request.behindPage(from: $0.from) }
            let page = FillResult.encoded(
                isMerged ? EncodedEntry.coalesced(entries) : entries, of: request.session, answering: id,
                isLast: rest == nil)
            return (page, rest)
        }
    }
}
