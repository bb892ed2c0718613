public import Foundation
public import GRDB
public import NIOCore
public import Wire

extension ByteBuffer {
    /// The bytes as `Data`, which GRDB stores as a blob.
    public var data: Data { withUnsafeReadableBytes { Data($0) } }
}

extension Row {
    /// A blob column as a `ByteBuffer`; empty for NULL.
    ///
    /// - Throws: An error of GRDB when the column cannot be read as a blob.
    public func bytes(_ column: String) throws -> ByteBuffer { try withUnsafeData(named: column, Row.buffer) }

    /// A blob column as a `ByteBuffer`.
    public func bytes(atIndex index: Int) throws -> ByteBuffer { try withUnsafeData(atIndex: index, Row.buffer) }

    private static func buffer(_ data: Data?) -> ByteBuffer {
        guard let data, !data.isEmpty else { return ByteBuffer() }
        // As raw bytes: `Data` would be copied through the protocols of collections.
        return data.withUnsafeBytes { ByteBuffer(bytes: $0) }
    }
}

extension EncodedEntry {
    /// What is selected of an entry of the mirror, in the order of ``Column``.
    public static let columns = "seq, from_seq, ts, last_ts, client_message_id, kind, payload, digest"
    /// What is selected of an entry of the journal, which is never merged, in the same order.
    public static let columnsOfJournal =
        "seq, NULL AS from_seq, ts, NULL AS last_ts, client_message_id, kind, payload, digest"

    /// The places of the columns. Looking each up by its name took 9 % of a prompt's processor time.
    private enum Column: Int { case seq, from, timestamp, lastTimestamp, clientMessageID, kind, payload, digest }

    /// Decodes an entry from a row of ``columns`` or of ``columnsOfJournal``.
    ///
    /// - Throws: ``DamagedRow``, also for a number or a name that no peer would accept; an error of GRDB when a column has
    ///   another type than the schema says.
    public init(row: Row) throws {
        func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: Column) throws -> Value {
            try row.decode(atIndex: column.rawValue)
        }
        let seq: Seq = try value(.seq)
        // Only for an error, and so made only then.
        var what: String { "entry \(seq)" }
        let (from, last, id): (Seq?, Timestamp?, String?) = (
            try value(.from), try value(.lastTimestamp), try value(.clientMessageID)
        )
        self.init(
            from: from ?? seq, seq: seq, timestamp: try value(.timestamp), lastTimestamp: last,
            clientMessageID: try id.map { try DamagedRow.name($0, "client_message_id of \(what)") },
            kind: try value(.kind), payload: try row.bytes(atIndex: Column.payload.rawValue))
        try DamagedRow.check(seq, in: .entry, "the number of \(what)")
        try DamagedRow.check(self.from, in: .entry, "the first number of \(what)")
        try DamagedRow.check(timestamp, in: .time, "the time of \(what)")
        try DamagedRow.check(lastTimestamp, in: .time, "the time of \(what)")
        guard self.from <= seq else { throw DamagedRow("the first number of \(what) is \(self.from)") }
        if let digest: Int64 = try value(.digest), digest != self.digest {
            throw DamagedRow("\(what) does not match its digest")
        }
    }
}

extension Row {
    /// A column that holds a ``Name``.
    ///
    /// - Parameter what: What the row is, for the error.
    /// - Throws: ``DamagedRow`` when it is NULL or no name; an error of GRDB when it is no text.
    public func name<Kind>(_ column: String, of what: String) throws -> Identifier<Kind> {
        guard let name: String = try decode(forColumn: column) else {
            throw DamagedRow("\(column) of \(what) is missing")
        }
        return try DamagedRow.name(name, "\(column) of \(what)")
    }
}

/// The error for a row that fails its digest, cannot be decoded, or holds what no peer would accept.
public struct DamagedRow: Error {
    /// What is damaged, as part of a sentence, without what the user wrote.
    public let what: String

    /// Describes the damage, as ``what`` does.
    public init(_ what: String) { self.what = what }

    /// Checks a stored number, before anything is computed with it.
    ///
    /// - Parameter what: What the number is, for the error.
    /// - Throws: ``DamagedRow`` when it is out of its range.
    public static func check(
        _ number: Int64, in range: NumberRange, _ what: @autoclosure () -> String
    ) throws(DamagedRow) {
        guard range.bounds.contains(number) else { throw DamagedRow("\(what()) is \(number)") }
    }

    /// Checks a stored name.
    static func name<Kind>(
        _ text: String, _ what: @autoclosure () -> String
    ) throws(DamagedRow) -> Identifier<Kind> {
        guard let name = Identifier<Kind>(checking: text) else {
            throw DamagedRow("\(what()) is not 1 to \(Name.bytesMaximum) printable characters")
        }
        return name
    }
}
