public import Wire

/// How long nobody has come back to a session, and what follows from it: one rule for a session in memory and for one on
/// the disk.
extension SessionRecord {
    /// When it expires if nobody comes back, or when it did, by the wall clock in milliseconds since 1970; `nil` when
    /// sessions do not expire.
    public func expiresAt(_ limits: Limits, at now: Moment) -> Timestamp? {
        if let expiry { return expiry.at }
        return limits.expire.map { now.timestamp + ($0 - (now.instant - seenAt)).milliseconds }
    }

    /// Whether nobody came back to it in time. What goes on in it is not asked here.
    public func isExpired(_ limits: Limits, at now: Moment) -> Bool {
        expiry != nil || limits.expire.map { now.instant - seenAt >= $0 } ?? false
    }

    /// Whether the time is over in which its transcript can be read.
    public func isAbandoned(_ limits: Limits, at now: Moment) -> Bool {
        isExpired(limits, at: now) && seenAt < limits.abandonedSince(now)
    }
}

extension Limits {
    /// Sessions whose clients gave their last sign of life before this are deleted, once they have expired.
    public func abandonedSince(_ now: Moment) -> Instant {
        Instant(nanoseconds: now.instant.nanoseconds - ((expire ?? .zero) + archive).nanoseconds)
    }
}
