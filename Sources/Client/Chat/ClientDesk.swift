import Mirror
public import Wire

/// The desk: this machine's database of what exists nowhere else (chats, outbox, drafts, client IDs), opened once a
/// run.
public struct ClientDesk: Sendable {
    let desk: SQLiteDesk
    /// The client's state folder.
    let folder: String
    /// The new name of a damaged database that was quarantined; `nil` when it was sound.
    let setAside: String?

    /// Opens or creates the desk, quarantining a damaged one.
    ///
    /// - Parameters:
    ///   - folder: The client's state folder.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``StoreError`` when there is no room or the folder cannot be written.
    public static func open(folder: String, now: Timestamp) throws(StoreError) -> ClientDesk {
        let (desk, setAside) = try SQLiteDesk.open(folder: folder, now: now)
        return ClientDesk(desk: desk, folder: folder, setAside: setAside)
    }

    /// The client ID of a seat (``Seat``), which is the same in every run.
    public func clientID(seat: Int, now: Timestamp) throws(StoreError) -> ClientID {
        var generator = SystemRandomNumberGenerator()
        return try desk.clientID(seat: seat, proposal: ClientID(UUIDv7.make(now: now, using: &generator)))
    }
}
