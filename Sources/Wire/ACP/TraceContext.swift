/// Where a client's trace goes on: the keys of `_meta` that ACP reserves for W3C Trace Context and Baggage, and the only ones
/// of a client that reach an agent.
public struct TraceContext: Hashable, Sendable {
    /// The longest value, in bytes, as the Baggage specification bounds one; longer ones are left out.
    public static let valueBytesMaximum = 8_192
    /// The names of the keys.
    public static let keys = ["traceparent", "tracestate", "baggage"]

    /// The keys that are there, with their values.
    public let members: [JSON.Member]

    /// No trace.
    public init() { members = [] }

    /// Takes the keys out of `_meta`.
    public init(meta: JSON?) {
        members = TraceContext.keys.compactMap { key in
            guard let value = meta?[key]?.string, value.utf8.count <= TraceContext.valueBytesMaximum else { return nil }
            return JSON.Member(key, .string(value))
        }
    }
}
