public import Wire

/// Which of the sessions that retention finds in the store are deleted.
extension Limits {
    /// Whether a session whose stored sign of life lies before ``abandonedSince(_:)`` is abandoned indeed: there may be a
    /// later sign than the store has, of a session in memory, or of one that left memory while the store took nothing.
    ///
    /// What is abandoned may still be pinned or watched; ``SessionRegistry/delete(_:isUnused:)`` says whether it is.
    ///
    /// - Parameters:
    ///   - isAbandoned: What the session in memory says of itself (``SessionLedger/isAbandoned(at:)``); `nil` when it is
    ///     not in memory.
    ///   - unstored: The last sign of life that is not stored yet; `nil` when there is none.
    public func confirmsAbandoned(isAbandoned: Bool?, unstored: Instant?, at now: Moment) -> Bool {
        isAbandoned ?? true && unstored.map { $0 < abandonedSince(now) } ?? true
    }
}
