import Foundation
import GRDB
import NIOCore
import Wire

extension ByteBuffer {
    /// The bytes as SQLite takes them.
    var data: Data { withUnsafeReadableBytes { Data($0) } }
}

extension Row {
    /// A blob column as bytes of ours.
    func bytes(_ column: String) throws -> ByteBuffer {
        try withUnsafeData(named: column) { data in
            var buffer = ByteBuffer()
            if let data { buffer.writeBytes(data) }
            return buffer
        }
    }
}

extension EncodedEntry {
    /// An entry from its row; both sides store it with these columns.
    init(row: Row) throws {
        let seq: Seq = row["seq"]
        let clientMessageID: String? = row["client_message_id"]
        self.init(
            from: row["from_seq"] ?? seq, seq: seq, timestamp: row["ts"], lastTimestamp: row["last_ts"],
            clientMessageID: clientMessageID.map { ClientMessageID($0) }, kind: row["kind"],
            payload: try row.bytes("payload"))
    }
}
