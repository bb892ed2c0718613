public import NIOCore

/// The message that carries a journal entry: its stored bytes within the JSON-RPC envelope and the layer's stamp.
extension EncodedEntry {
    /// The layer's fields in a message (`_meta.belay`).
    public enum Stamp: Hashable, Sendable {
        /// None, for a plain ACP client.
        case none
        /// The stamp of a live frame.
        case live
        /// The stamp of a replayed frame.
        case replay
    }

    /// The encoded message.
    ///
    /// - Returns: `nil` for an event when the peer is a plain ACP client.
    public func frame(session: SessionID, stamp: Stamp) -> ByteBuffer? {
        guard isUpdate || stamp != .none else { return nil }
        var frame = ByteBuffer()
        write(to: &frame, session: session, stamp: stamp)
        return frame
    }

    /// About how many bytes a message has besides its payload.
    public static let envelopeBytes = 256

    /// Appends the encoded message to a buffer; nothing for an event when the peer is a plain ACP client.
    public func write(to frame: inout ByteBuffer, session: SessionID, stamp: Stamp) {
        frame.reserveCapacity(minimumWritableBytes: payload.readableBytes + EncodedEntry.envelopeBytes)
        if isUpdate {
            writeUpdate(to: &frame, session: session, stamp: stamp)
        } else if stamp != .none {
            writeEvent(to: &frame, session: session, stamp: stamp)
        }
    }

    private func writeUpdate(to frame: inout ByteBuffer, session: SessionID, stamp: Stamp) {
        frame.writeStaticString(#"{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"#)
        frame.writeJSONString(session.rawValue)
        frame.writeStaticString(#","update":"#)
        frame.writeImmutableBuffer(payload)
        if stamp != .none {
            frame.writeStaticString(#","_meta":{"belay":{"#)
            writeStamp(to: &frame, isReplay: stamp == .replay)
            frame.writeStaticString("}}")
        }
        frame.writeStaticString("}}")
    }

    private func writeEvent(to frame: inout ByteBuffer, session: SessionID, stamp: Stamp) {
        frame.writeStaticString(#"{"jsonrpc":"2.0","method":"_belay/event","params":{"sessionId":"#)
        frame.writeJSONString(session.rawValue)
        frame.writeStaticString(",")
        writeStamp(to: &frame, isReplay: stamp == .replay)
        frame.writeStaticString(#","kind":"#)
        frame.writeJSONString(kind)
        frame.writeStaticString(#","data":"#)
        frame.writeImmutableBuffer(payload)
        frame.writeStaticString("}}")
    }

    private func writeStamp(to frame: inout ByteBuffer, isReplay: Bool) {
        frame.writeStaticString(#""seq":"#)
        frame.writeDecimal(seq)
        frame.writeStaticString(#","ts":"#)
        frame.writeDecimal(timestamp)
        if from != seq {
            frame.writeStaticString(#","from":"#)
            frame.writeDecimal(from)
            frame.writeStaticString(#","lastTs":"#)
            frame.writeDecimal(lastTimestamp)
        }
        if isReplay { frame.writeStaticString(#","replay":true"#) }
        if let clientMessageID {
            frame.writeStaticString(#","clientMessageId":"#)
            frame.writeJSONString(clientMessageID.rawValue)
        }
    }
}

/// A journal entry as a client receives it, decoded.
public struct EntryNotice: Hashable, Sendable {
    /// The session that the entry belongs to.
    public var session: SessionID
    /// The decoded entry, with its numbers and times.
    public var entry: Entry
    /// Whether it was replayed.
    public var isReplay: Bool

    /// Decodes a `session/update` or `_belay/event` notification.
    ///
    /// - Returns: `nil` for another method, or for an update without the layer's stamp.
    /// - Throws: ``RPCError`` −32602, naming the field.
    public init?(method: String, params: JSON) throws(RPCError) {
        let stamp: JSON
        let body: Entry.Body
        switch method {
        case Method.update:
            guard let belay = params.belay else { return nil }
            stamp = belay
            body = .update(try params.required("update", as: SessionUpdate.self))
        case Method.event:
            stamp = params
            body = .event(
                try SessionEvent(kind: try params.requiredName("kind"), data: params["data"] ?? .object([])))
        default: return nil
        }
        session = try params.requiredIdentifier("sessionId")
        let seq = try stamp.required("seq", in: .entry)
        let from = try stamp.optional("from", in: .entry) ?? seq
        guard from <= seq else { throw .invalidParams("'from' and 'seq' are not in order") }
        entry = Entry(
            from: from, seq: seq, timestamp: try stamp.required("ts", in: .time),
            lastTimestamp: try stamp.optional("lastTs", in: .time),
            clientMessageID: try stamp.optionalIdentifier("clientMessageId"), body: body)
        isReplay = stamp["replay"]?.bool ?? false
    }
}
