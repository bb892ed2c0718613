public import Wire

/// When a session expires and when its archive ends: one rule for sessions in memory and on the disk.
extension SessionRecord {
    /// When the session expires if no client comes back, or when it expired, in milliseconds since 1970; `nil` when
    /// sessions do not expire.
    public func expiresAt(_ limits: Limits, at now: Moment) -> Timestamp? {
        if let expiry { return expiry.at }
        return limits.expire.map { now.timestamp + ($0 - (now.instant - seenAt)).milliseconds }
    }

    /// Whether `sessions.expire` has passed since the last sign of life. Does not ask whether a turn runs.
    public func isExpired(_ limits: Limits, at now: Moment) -> Bool {
        expiry != nil || limits.expire.map { now.instant - seenAt >= $0 } ?? false
    }

    /// Whether the archive has ended, so that the transcript can no longer be read.
    public func isAbandoned(_ limits: Limits, at now: Moment) -> Bool {
        isExpired(limits, at: now) && seenAt < limits.abandonedSince(now)
    }
}

extension Limits {
    /// The instant before which the last sign of life of an expired session has to lie for it to be deleted.
    public func abandonedSince(_ now: Moment) -> Instant {
        now.instant - ((expire ?? .zero) + archive)
    }
}
