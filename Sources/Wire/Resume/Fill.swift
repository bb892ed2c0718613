public import NIOCore

/// Entries of a range that a client was not sent when it attached, the newest first: `_belay/fill`.
public struct FillRequest: Hashable, Sendable, JSONConvertible {
    /// The most bytes of one answer.
    public static let bytesMaximum: Int64 = 64 << 10

    /// The session.
    public var session: SessionID
    /// The incarnation of its journal.
    public var epoch: Epoch
    /// The first and the last entry that the client lacks.
    public var range: ClosedRange<Seq>

    /// A range that a client lacks.
    public init(session: SessionID, epoch: Epoch, range: ClosedRange<Seq>) {
        self.session = session
        self.epoch = epoch
        self.range = range
    }

    /// Reads the parameters.
    public init(json: JSON) throws(RPCError) {
        let (from, to) = (try json.required("from", in: .entry), try json.required("to", in: .entry))
        guard from <= to else { throw .invalidParams("'from' and 'to' are not in order") }
        self.init(
            session: try json.requiredIdentifier("sessionId"), epoch: try json.requiredIdentifier("epoch"),
            range: from...to)
    }

    /// The parameters.
    public var json: JSON {
        [
            "sessionId": .string(session.rawValue), "epoch": .string(epoch.rawValue),
            "from": .integer(range.lowerBound), "to": .integer(range.upperBound),
        ]
    }
}

/// The answer to ``FillRequest``: the end of the range, as the frames that a replay would have had.
public enum FillResult {
    /// The result's bytes: the stored bytes of each entry, as in a replay.
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

    /// Reads the entries of a result.
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
