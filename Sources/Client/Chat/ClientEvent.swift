public import Sync
public import Wire

/// What a chat tells its front end. Entries come from the mirror: what is shown is what is kept.
public enum ClientEvent: Hashable, Sendable {
    /// The connection's status changed.
    case status(ConnectionStatus)
    /// Entries were added behind what was there.
    case entries([Entry])
    /// The whole copy was replaced; read it again.
    case replaced(SessionID)
    /// The outbox changed.
    case outbox([OutboxItem])
    /// The session expired; what follows is of the clean one in its place.
    case expired(Expiry)
    /// The user has to be told this.
    case notice(String)
    /// The chat stopped for good.
    case stopped(StopCause)
}
