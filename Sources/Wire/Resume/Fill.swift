public import NIOCore

/// The parameters of `_belay/fill`: a gap, of which the newest entries are returned first.
public struct FillRequest: Hashable, Sendable, JSONConvertible {
    /// The most bytes of one answer.
    public static let bytesMaximum: Int64 = 64 << 10

    /// The session that has the gap.
    public var session: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// The first and the last entry of the gap.
    public var range: ClosedRange<Seq>

    /// Creates the request for a gap.
    public init(session: SessionID, epoch: Epoch, range: ClosedRange<Seq>) {
        self.session = session
        self.epoch = epoch
        self.range = range
    }

    /// Decodes the parameters; throws −32602, naming the field.
    public init(json: JSON) throws(RPCError) {
        let (from, to) = (try json.required("from", in: .entry), try json.required("to", in: .entry))
        guard from <= to else { throw .invalidParams("'from' and 'to' are not in order") }
        self.init(
            session: try json.requiredIdentifier("sessionId"), epoch: try json.requiredIdentifier("epoch"),
            range: from...to)
    }

    /// The parameters as JSON.
    public var json: JSON {
        [
            "sessionId": .string(session.rawValue), "epoch": .string(epoch.rawValue),
            "from": .integer(range.lowerBound), "to": .integer(range.upperBound),
        ]
    }
}

/// The result of ``FillRequest``: the end of the gap, as the messages that a replay would have sent.
public enum FillResult {
    /// Encodes the response, with the stored bytes of each entry.
    public static func encoded(_ entries: [EncodedEntry], of session: SessionID, answering id: RequestID) -> ByteBuffer
    {
        var buffer = ByteBuffer()
        buffer.writeStaticString(#"{"jsonrpc":"2.0","id":"#)
        buffer.writeImmutableBuffer(id.json.encoded)
        buffer.writeStaticString(#","result":{"frames":["#)
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

    /// Decodes the entries of a result.
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
