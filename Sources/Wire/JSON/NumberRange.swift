/// The table of ranges for integers of peers (`protocol.md` §14), applied where an integer is decoded.
///
/// A number within its range cannot overflow: sums and differences of any two are far from the limits of 64 bits. Every
/// integer is decoded through a row of this table.
public enum NumberRange: Hashable, Sendable, CaseIterable {
    /// A cursor into a journal, 0 before its first entry: `afterSeq`, `before`, `after`, `headSeq`; 0…2⁵³−1.
    case position
    /// An entry of a journal: `seq`, `from`, `to`; 1…2⁵³−1.
    case entry
    /// Milliseconds since 1970, to the end of the year 9999: `ts`, `afterTs`, `lastTs`, `at`.
    case time
    /// A span in milliseconds, a hundred years at most: `briefMs`, `expireMs`, `intervalMs`.
    case span
    /// A retry delay in milliseconds, an hour at most: `retryAfterMs`, `retry_after_ms`.
    case delay
    /// Messages on a page: `limit`; 1…1,000.
    case limit
    /// A count of something, such as bytes: `events`, `bytes`, `window`, `pages`, `line`; 0…2⁵³−1.
    case count
    /// A version (ACP: 16 bits).
    case version
    /// An error code (ACP: 32 bits).
    case code

    /// The largest integer that every JSON reader holds exactly (RFC 8259 §6).
    public static let safeMaximum: Int64 = 1 << 53 - 1

    /// The first and the last number of the range.
    public var bounds: ClosedRange<Int64> {
        switch self {
        case .position, .count: 0...NumberRange.safeMaximum
        case .entry: 1...NumberRange.safeMaximum
        case .time: 0...253_402_300_799_999
        case .span: 0...3_155_760_000_000
        case .delay: 0...3_600_000
        case .limit: 1...1_000
        case .version: 0...65_535
        case .code: Int64(Int32.min)...Int64(Int32.max)
        }
    }
}

extension JSON {
    /// The integer, if this is one in the range, or a number with such a value.
    public func integer(in range: NumberRange) -> Int64? {
        let value: Int64? =
            switch self {
            case .integer(let value): value
            case .number(let value): Int64(exactly: value)
            case .null, .bool, .string, .array, .object: nil
            }
        return value.flatMap { range.bounds.contains($0) ? $0 : nil }
    }

    /// The member, which has to be present and an integer in the range.
    ///
    /// - Throws: ``RPCError`` −32602, naming the member.
    public func required(_ key: String, in range: NumberRange) throws(RPCError) -> Int64 {
        try required(key).checked(key, in: range)
    }

    /// The member, an integer in the range; `nil` when it is missing or `null`.
    ///
    /// - Throws: ``RPCError`` −32602, naming the member, when it is anything else.
    public func optional(_ key: String, in range: NumberRange) throws(RPCError) -> Int64? {
        guard let value = self[key], value != .null else { return nil }
        return try value.checked(key, in: range)
    }

    /// The member, clamped to the range; `nil` when it is not a number. For advisory values such as delays and limits.
    public func clamped(_ key: String, to range: NumberRange) -> Int64? {
        switch self[key] {
        case .integer(let value): value.clamped(to: range)
        case .number(let value) where value >= Double(range.bounds.upperBound): range.bounds.upperBound
        case .number(let value) where value <= Double(range.bounds.lowerBound): range.bounds.lowerBound
        case .number(let value): Int64(value)
        case .null, .bool, .string, .array, .object, nil: nil
        }
    }

    private func checked(_ key: String, in range: NumberRange) throws(RPCError) -> Int64 {
        if let value = integer(in: range) { return value }
        switch self {
        case .integer, .number:
            throw .invalidParams(
                "'\(key)' is not an integer from \(range.bounds.lowerBound) to \(range.bounds.upperBound)")
        case .null, .bool, .string, .array, .object: throw .invalidParams("'\(key)' is not an integer")
        }
    }
}

extension Int64 {
    /// The nearest number in the range.
    public func clamped(to range: NumberRange) -> Int64 {
        Swift.min(Swift.max(self, range.bounds.lowerBound), range.bounds.upperBound)
    }
}
