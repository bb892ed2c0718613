public import Sync
public import Wire

/// What a front end wants of a chat.
public enum ClientCommand: Hashable, Sendable {
    /// Begin to connect.
    case begin
    /// Leave; the turn goes on at the server.
    case end
    /// Send a prompt.
    case send(String)
    /// Stop the turn that runs.
    case cancelTurn
    /// Answer a question.
    case answer(RequestKey, JSON)
    /// Fetch what is lacking before this entry first.
    case readOn(before: Seq)
    /// Connect at once.
    case hurry
    /// Keep what is typed.
    case saveDraft(String)
    /// Take a refused prompt out of the outbox.
    case takeBack(ClientMessageID)
}

/// What a chat tells its front end. Entries come from the mirror: what is shown is what is kept.
public enum ClientEvent: Hashable, Sendable {
    /// The connection's status changed.
    case status(ConnectionStatus)
    /// The chat is this session from now on.
    case adopted(SessionID)
    /// Entries were added behind what was there.
    case entries([Entry])
    /// Entries that were lacking are there: what stops at a hole can be read on.
    case filled(SessionID)
    /// The whole copy was replaced; read it again.
    case replaced(SessionID)
    /// The outbox changed.
    case outbox([OutboxItem])
    /// The session expired; what follows is of the clean one in its place.
    case expired(Expiry)
    /// The user has to be told this.
    case notice(String)
    /// A prompt was not taken, and why; its text is the user's again.
    case notSent(String, reason: String)
    /// What was to be written when the user left is written.
    case ended
    /// The chat stopped for good.
    case stopped(StopCause)
}
