public import Sync
public import Wire

/// Something happened that the screen may have to show or answer.
public enum Intent: Hashable, Sendable {
    /// The user pressed a key, or pasted.
    case key(Key)
    /// The terminal has another size.
    case resized(Size)
    /// The connection's state changed.
    case connection(ConnectionStatus)
    /// A session was opened: its title, its folder, and the agent's name. A new session's transcript is empty until
    /// ``replaced(_:hasMore:)`` brings its first page.
    case opened(title: String, folder: String, agent: String)
    /// New entries of the journal, in order, already in the mirror.
    case entries([Entry])
    /// The answer to ``Command/loadOlder(before:)``: the entries just before that number, in order; none, although there
    /// are more, when the mirror does not hold them yet.
    case older([Entry], hasMore: Bool)
    /// Entries that the mirror did not hold are there.
    case filled
    /// The answer to ``Command/loadNewer(after:)``: the entries just behind that number, in order; none when there
    /// are none.
    case newer([Entry])
    /// The newest page of another journal, or of one that was fetched anew.
    case replaced([Entry], hasMore: Bool)
    /// What the whole journal adds up to, for a page that does not hold all of it; it follows
    /// ``replaced(_:hasMore:)``.
    case state(plan: [PlanEntry], turn: SessionState.Turn?)
    /// What is in the outbox now, all of it.
    case outbox([OutboxItem])
    /// A draft that an earlier run had saved.
    case draft(String)
    /// The answer to ``Command/listSessions``: the chats that can be opened, the one used last first.
    case sessions([SessionItem])
    /// A line for the user, shown in the transcript.
    case notice(String)
    /// The moment came that ``Model/nextTick(after:)`` named.
    case tick
}

/// What the program is to do because of what the user did, or because the screen needs it.
public enum Command: Hashable, Sendable {
    /// Put this prompt into the outbox.
    case send(String)
    /// Stop the running turn.
    case cancelTurn
    /// Try to connect now.
    case reconnect
    /// Leave.
    case quit
    /// Give the terminal back to the shell until the program is continued.
    case suspend
    /// Paint every cell again.
    case redraw
    /// Fetch the page of entries just before this number from the mirror, as ``Intent/older(_:hasMore:)``;
    /// `Seq.max` asks for the newest page.
    case loadOlder(before: Seq)
    /// Fetch the page of entries just behind this number from the mirror, as ``Intent/newer(_:)``; 0 asks for the
    /// first page.
    case loadNewer(after: Seq)
    /// Keep what stands in the input.
    case saveDraft(String)
    /// Remove a refused prompt from the outbox: its text is in the input again.
    case takeBack(ClientMessageID)
    /// Open a new session.
    case newSession
    /// Find the chats that can be opened, as ``Intent/sessions(_:)``.
    case listSessions
    /// Open the chat of this name (``SessionItem/key``).
    case openSession(String)
}
