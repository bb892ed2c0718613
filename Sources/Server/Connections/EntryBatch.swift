import FailPoints
import NIOCore
import Transport
import Wire

/// Entries of one session that follow each other, encoded for one connection. A value, so that a page of a replay is
/// encoded on the thread that reads it and takes no time of an event loop.
struct EntryBatch: Sendable {
    /// How entries are encoded for a connection.
    struct Encoding: Hashable, Sendable {
        /// The layer's stamp in each message.
        var stamp: EncodedEntry.Stamp
        /// Whether adjacent chunks of one message are merged.
        var isMerged: Bool
        /// How they are compressed here; `nil` when that is left to the connection.
        var deflate: DeflateParameters?
    }

    /// The session that they belong to.
    let session: SessionID
    /// The numbers that they cover.
    let range: ClosedRange<Seq>
    /// How they are encoded.
    let encoding: Encoding
    /// Their messages; without those of events when the client knows only ACP.
    private(set) var frames: FrameBatch
    /// How many bytes the frames have before they are compressed.
    let bytes: Int

    /// Encodes entries.
    ///
    /// - Returns: `nil` when there are none.
    init?(_ entries: [EncodedEntry], of session: SessionID, _ encoding: Encoding) {
        guard let first = entries.first, let last = entries.last else { return nil }
        self.session = session
        self.encoding = encoding
        range = first.from...max(first.from, last.seq)
        var entries = entries
        if encoding.stamp == .replay, FailPoint.hit("server.replay", scope: session.rawValue) == .drop {
            entries.remove(at: entries.count / 2)
        }
        if encoding.isMerged { entries = EncodedEntry.coalesced(entries) }
        let payloads = entries.reduce(0) { $0 + $1.payload.readableBytes }
        var frames = FrameBatch(capacity: payloads + entries.count * EncodedEntry.envelopeBytes)
        for entry in entries where entry.isUpdate || encoding.stamp != .none {
            frames.append { entry.write(to: &$0, session: session, stamp: encoding.stamp) }
        }
        bytes = frames.bytes.readableBytes
        self.frames = encoding.deflate.map { frames.deflated($0) } ?? frames
    }
}
