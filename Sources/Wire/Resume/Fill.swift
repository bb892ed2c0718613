public import NIOCore

/// The parameters of `_belay/fill`: a gap, of which the newest entries are returned first, in pages.
///
/// All pages but the last are notifications (`_belay/filled`), and the last is the answer. The server sends the next one
/// when the client's connection takes it, and handles other requests in between; so a long gap costs few round trips, and
/// nothing else waits for it. `$/cancel_request` ends it early.
public struct FillRequest: Hashable, Sendable, JSONConvertible {
    /// The most bytes of one page.
    public static let bytesMaximum: Int64 = 64 << 10
    /// The most pages that one request may ask for.
    public static let pagesMaximum: Int64 = 128

    /// The session that has the gap.
    public var session: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// The first and the last entry of the gap.
    public var range: ClosedRange<Seq>
    /// How many pages the client takes.
    public var pages: Int64

    /// Creates the request for a gap.
    ///
    /// - Parameter pages: How many pages the client takes; clamped to 1…128.
    public init(session: SessionID, epoch: Epoch, range: ClosedRange<Seq>, pages: Int64 = 1) {
        self.session = session
        self.epoch = epoch
        self.range = range
        self.pages = min(max(1, pages), FillRequest.pagesMaximum)
    }

    /// What is left of the request behind a page; `nil` when nothing is.
    ///
    /// - Parameter first: The first entry of the page, which has the newest of the gap.
    public func remaining(before first: Seq) -> FillRequest? {
        guard pages > 1, first > range.lowerBound, first <= range.upperBound else { return nil }
        return FillRequest(
            session: session, epoch: epoch, range: range.lowerBound...first - 1, pages: pages - 1)
    }

    /// Decodes the parameters; throws −32602, naming the field.
    public init(json: JSON) throws(RPCError) {
        let (from, to) = (try json.required("from", in: .entry), try json.required("to", in: .entry))
        guard from <= to else { throw .invalidParams("'from' and 'to' are not in order") }
        self.init(
            session: try json.requiredIdentifier("sessionId"), epoch: try json.requiredIdentifier("epoch"),
            range: from...to, pages: try json.optional("pages", in: .count) ?? 1)
    }

    /// The parameters as JSON.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue), "epoch": .string(epoch.rawValue),
            "from": .integer(range.lowerBound), "to": .integer(range.upperBound),
            "pages": pages > 1 ? .integer(pages) : nil,
        ])
    }
}

/// A page of what ``FillRequest`` asks for: the end of the gap, as the messages that a replay would have sent.
public enum FillResult {
    /// Encodes the response, or a page before it, with the stored bytes of each entry.
    ///
    /// - Parameter isLast: Whether it is the response; else more pages follow.
    public static func encoded(
        _ entries: [EncodedEntry], of session: SessionID, answering id: RequestID, isLast: Bool = true
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        let page = #"{"jsonrpc":"2.0","method":"\#(Method.filled)","params":{"requestId":"#
        buffer.writeString(isLast ? #"{"jsonrpc":"2.0","id":"# : page)
        buffer.writeImmutableBuffer(id.json.encoded)
        buffer.writeString(isLast ? #","result":{"frames":["# : #","frames":["#)
        var isFirst = true
        for entry in entries {
            guard let frame = entry.frame(session: session, stamp: .replay) else { continue }
            if !isFirst { buffer.writeStaticString(",") }
            isFirst = false
            buffer.writeImmutableBuffer(frame)
        }
        buffer.writeStaticString("]}}")
        return buffer
    }

    /// Decodes the entries of a page, from the result or from the parameters of the notification.
    ///
    /// - Throws: ``RPCError`` −32602 when they are not the contiguous end of the range.
    public static func entries(_ result: JSON, answering request: FillRequest) throws(RPCError) -> [Entry] {
        var entries: [Entry] = []
        for frame in try result.requiredArray("frames") {
            guard let method = frame["method"]?.string, let params = frame["params"],
                let notice = try EntryNotice(method: method, params: params), notice.session == request.session
            else { throw .invalidParams("'frames' has something that is no entry of the session") }
            guard entries.isEmpty || notice.entry.from == (entries.last?.seq ?? 0) + 1 else {
                throw .invalidParams("'frames' are not contiguous")
            }
            entries.append(notice.entry)
        }
        guard let first = entries.first, let last = entries.last, last.seq == request.range.upperBound,
            first.from >= request.range.lowerBound
        else { throw .invalidParams("'frames' are not the end of the range") }
        return entries
    }
}
