import Storage
public import Wire

/// What only this machine knows, opened once for the whole run: chats, outbox, drafts, and the names of its seats.
public struct ClientDesk: Sendable {
    let desk: SQLiteDesk
    /// Where the client keeps things.
    let folder: String
    /// The new name of a damaged file that was set aside.
    let setAside: String?

    /// Opens or makes it.
    ///
    /// - Parameters:
    ///   - folder: Where the client keeps things.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``StoreError`` when there is no room or the folder cannot be written.
    public static func open(folder: String, now: Timestamp) throws(StoreError) -> ClientDesk {
        let (desk, setAside) = try SQLiteDesk.open(folder: folder, now: now)
        return ClientDesk(desk: desk, folder: folder, setAside: setAside)
    }

    /// This program's name at the server, which its seat keeps from one run to the next.
    public func clientID(seat: Int, now: Timestamp) throws(StoreError) -> ClientID {
        var generator = SystemRandomNumberGenerator()
        return try desk.clientID(seat: seat, proposal: ClientID(UUIDv7.make(now: now, using: &generator)))
    }
}
