import DequeModule
import Ledger
import NIOCore
import Wire

/// Entries of gaps (`_belay/fill`): the end of a gap first, as a replay would have sent it, in pages.
///
/// A page is read when the connection has taken everything else, and no replay is in progress. Other requests are handled
/// meanwhile, so that a prompt does not wait for a long gap on a slow link. A page is in no order with their answers, nor
/// with entries that are stored meanwhile, and need not be: no gap reaches as far as those.
extension ConnectionActor {
    /// A request for entries of a gap.
    struct Fill {
        let id: RequestID
        /// What of it is still to be sent.
        var remaining: FillRequest
        /// Whether the client does not want it any more.
        var isCancelled = false
    }

    /// How many requests for entries of gaps may wait; the next one is handled, and what follows it, when one has ended.
    static let fillsMaximum = 16
    /// How many entries are read for one page.
    private static let pageEntries = 512

    /// Takes a request for entries of a gap.
    func fill(_ request: FillRequest, _ id: RequestID) {
        fills.append(Fill(id: id, remaining: request))
        fillNext()
    }

    /// The client does not want the rest any more; a request of another kind is answered all the same.
    func cancelFill(_ id: RequestID) {
        guard let index = fills.firstIndex(where: { $0.id == id }) else { return }
        fills[index].isCancelled = true
        // While a page of it is being read, it is ended when that is there.
        if index > 0 || !isFilling { endFill(at: index, ConnectionActor.cancelled) }
    }

    private static let cancelled = RPCError(.requestCancelled, "the client cancelled it")

    private func endFill(at index: Int, _ error: RPCError) {
        queue(error, answering: fills.remove(at: index).id)
        pump()
    }

    /// Reads and queues the next page, once there is room for it.
    func fillNext() {
        guard !isFilling, !isReading, reads.isEmpty, isDrained, services.connections[id] != nil, let fill = fills.first
        else { return }
        isFilling = true
        Task.immediate {
            do {
                self.filled(.success(try await self.gapPage(fill.remaining, fill.id)))
            } catch {
                self.filled(.failure(self.services.refusal(error, of: self.principal)))
            }
        }
    }

    /// An encoded page, and what is left of the request then; `nil` when the page is its answer.
    private typealias GapPage = (bytes: ByteBuffer, remaining: FillRequest?)

    private func filled(_ page: Result<GapPage, RPCError>) {
        isFilling = false
        // None when the connection has ended meanwhile.
        guard let fill = fills.first else { return }
        if fill.isCancelled { return endFill(at: 0, ConnectionActor.cancelled) }
        switch page {
        case .failure(let error): endFill(at: 0, error)
        case .success((let bytes, let remaining)):
            if let remaining { fills[0].remaining = remaining } else { fills.removeFirst() }
            queue(bytes)
            pump()
        }
    }

    /// Reads the newest entries of the gap.
    private func gapPage(_ request: FillRequest, _ id: RequestID) async throws -> GapPage {
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
            let remaining = entries.first.flatMap { request.remaining(before: $0.from) }
            let page = FillResult.encoded(
                isMerged ? EncodedEntry.coalesced(entries) : entries, of: request.session, answering: id,
                isLast: remaining == nil)
            return (page, remaining)
        }
    }
}
