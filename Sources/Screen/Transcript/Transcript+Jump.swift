import Wire

extension Transcript {
    /// Drops everything and requests the page that begins with an entry.
    ///
    /// - Returns: The sequence number to load after; `nil` when an earlier request is pending, whose answer could not be
    ///   told from this one's.
    mutating func jump(to seq: Seq) -> Seq? {
        if case .loading = newer { return nil }
        clear()
        (older, newer) = (seq > 1 ? .more : .end, .loading(seq - 1))
        return seq - 1
    }
}
