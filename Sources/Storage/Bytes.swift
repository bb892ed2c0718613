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
    ///
    /// - Throws: ``DamagedRow``, also for a number or a name that no peer would accept.
    init(row: Row) throws {
        let seq: Seq = try row.decode(forColumn: "seq")
        let what = "entry \(seq)"
        let last: Timestamp? = row.hasColumn("last_ts") ? try row.decode(forColumn: "last_ts") : nil
        self.init(
            from: try row.decode(Seq?.self, forColumn: "from_seq") ?? seq, seq: seq,
            timestamp: try row.decode(forColumn: "ts"), lastTimestamp: last,
            clientMessageID: try row.optionalName("client_message_id", of: what),
            kind: try row.decode(forColumn: "kind"), payload: try row.bytes("payload"))
        try DamagedRow.check(seq, in: .entry, "the number of \(what)")
        try DamagedRow.check(from, in: .entry, "the first number of \(what)")
        for time in [timestamp, lastTimestamp] { try DamagedRow.check(time, in: .time, "the time of \(what)") }
        guard from <= seq else { throw DamagedRow("the first number of \(what) is \(from)") }
        if let digest: Int64 = try row.decode(forColumn: "digest"), digest != self.digest {
            throw DamagedRow("\(what) does not match its digest")
        }
    }
}

extension Row {
    /// A column that holds a ``Name``.
    ///
    /// - Parameter what: What the row is, for the error.
    func name<Kind>(_ column: String, of what: String) throws -> Identifier<Kind> {
        guard let name: Identifier<Kind> = try optionalName(column, of: what) else {
            throw DamagedRow("\(column) of \(what) is missing")
        }
        return name
    }

    /// A column that holds a ``Name`` or NULL.
    func optionalName<Kind>(_ column: String, of what: String) throws -> Identifier<Kind>? {
        guard let text: String = try decode(forColumn: column) else { return nil }
        guard let name = Identifier<Kind>(checking: text) else {
            throw DamagedRow("\(column) of \(what) is not 1 to \(Name.bytesMaximum) printable characters")
        }
        return name
    }
}

/// The error for a row that fails its digest, cannot be decoded, or holds what no peer would accept.
struct DamagedRow: Error {
    /// What is damaged, as part of a sentence, without what the user wrote.
    let what: String

    init(_ what: String) { self.what = what }

    /// Checks a stored number, before anything is computed with it.
    static func check(_ number: Int64, in range: NumberRange, _ what: String) throws(DamagedRow) {
        guard range.bounds.contains(number) else { throw DamagedRow("\(what) is \(number)") }
    }
}
