import Foundation
import GRDB
import NIOCore
import Wire

extension ByteBuffer {
    /// The bytes as `Data`, which GRDB stores as a blob.
    var data: Data { withUnsafeReadableBytes { Data($0) } }
}

extension Row {
    /// A blob column as a `ByteBuffer`.
    func bytes(_ column: String) throws -> ByteBuffer {
        try withUnsafeData(named: column) { data in
            var buffer = ByteBuffer()
            if let data { buffer.writeBytes(data) }
            return buffer
        }
    }
}

extension EncodedEntry {
    /// Decodes an entry from its row; journal and mirror store it with the same columns.
    init(row: Row) throws {
        let seq: Seq = row["seq"]
        let clientMessageID: String? = row["client_message_id"]
        self.init(
            from: row["from_seq"] ?? seq, seq: seq, timestamp: row["ts"], lastTimestamp: row["last_ts"],
            clientMessageID: clientMessageID.map { ClientMessageID($0) }, kind: row["kind"],
            payload: try row.bytes("payload"))
        if let digest: Int64 = row["digest"], digest != self.digest { throw DamagedRow() }
    }
}

/// The error for a row that fails its digest or cannot be decoded.
struct DamagedRow: Error {}
