public import Wire

/// How many sessions a user may have.
public struct SessionRoom: Hashable, Sendable {
    /// How many that are not marked as expired.
    public var maximum: Int
    /// Those whose clients gave their last sign of life before this do not count.
    public var seenSince: Instant

    /// Creates the bound.
    public init(maximum: Int, seenSince: Instant) {
        self.maximum = maximum
        self.seenSince = seenSince
    }
}

/// What became of a session that was to be created.
public enum Creation: Hashable, Sendable {
    /// It was stored.
    case created(SessionRecord)
    /// One of that name, or of that ``SessionRecord/clientSessionKey``, was there before; this one.
    case found(SessionRecord)
    /// The user has so many sessions already, and nothing was stored.
    case tooMany(maximum: Int)

    /// The session that is stored now; `nil` when there is none.
    public var record: SessionRecord? {
        switch self {
        case .created(let record), .found(let record): record
        case .tooMany: nil
        }
    }
}
