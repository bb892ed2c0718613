import Mirror
public import Wire

/// The state store: this machine's database of what exists nowhere else (chats, outbox, drafts, client IDs), opened
/// once a run.
public struct ClientStateStore: Sendable {
    let stateStore: SQLiteStateStore
    /// The client's state folder.
    let folder: String
    /// The new name of a damaged database that was quarantined; `nil` when it was sound.
    let setAside: String?

    /// Opens or creates the state store, quarantining a damaged one.
    ///
    /// - Parameters:
    ///   - folder: The client's state folder.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``StoreError`` when there is no room or the folder cannot be written.
    public static func open(folder: String, now: Timestamp) throws(StoreError) -> ClientStateStore {
        let (stateStore, setAside) = try SQLiteStateStore.open(folder: folder, now: now)
        return ClientStateStore(stateStore: stateStore, folder: folder, setAside: setAside)
    }

    /// The client ID of an instance (``ClientInstance``), which is the same in every run.
    public func clientID(instance: Int, now: Timestamp) throws(StoreError) -> ClientID {
        var generator = SystemRandomNumberGenerator()
        return try stateStore.clientID(instance: instance, proposal: ClientID(UUIDv7.make(now: now, using: &generator)))
    }
}
