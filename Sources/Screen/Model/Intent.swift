public import Sync
public import Wire

/// An event that the screen may have to show or react to.
public enum Intent: Hashable, Sendable {
    /// The user pressed a key or pasted text.
    case key(Key)
    /// The terminal has a new size.
    case resized(Size)
    /// The connection's status changed.
    case connection(ConnectionStatus)
    /// A session was opened: its title, which is `nil` until something was asked, its folder, and the agent's name. A
    /// new session's transcript is empty until ``replaced(_:hasMore:)`` brings its first page.
    case opened(title: String?, folder: String, agent: String)
    /// New entries of the journal, in order; the mirror holds them already.
    case entries([Entry])
    /// The answer to ``Command/loadOlder(before:)``: the entries just before that sequence number, in order. It is
    /// empty although `hasMore` is set when the page ends at a gap of the mirror.
    case older([Entry], hasMore: Bool)
    /// A gap of the mirror was filled, at least in part.
    case filled
    /// The answer to ``Command/loadNewer(after:)``: the entries just after that sequence number, in order; empty at the
    /// end.
    case newer([Entry])
    /// The newest page of another session, or of a mirror that was replaced.
    case replaced([Entry], hasMore: Bool)
    /// The plan, the turn and the open questions of the whole journal, which the page may not contain; it follows
    /// ``replaced(_:hasMore:)``. With them are the user's answers that the server does not have yet.
    case state(
        plan: [PlanEntry], turn: SessionState.Turn?, questions: [SessionState.OpenQuestion],
        answers: [RequestKey: JSON] = [:])
    /// What the agent offers, by the whole journal, which the page may not contain; it follows
    /// ``replaced(_:hasMore:)``.
    case offers(SessionState.Agent)
    /// The prompts of the outbox, after every change; always all of them.
    case outbox([OutboxItem])
    /// The answer to ``Command/takeBack(_:)``: the text of the prompt, which is in the outbox no more.
    case tookBack(String)
    /// The answer to ``Command/listPrompts``: what was sent earlier, newest first.
    case prompts(ofChat: [String], everywhere: [String])
    /// The answer to ``Command/listFiles``: paths relative to the chat's folder; `nil` when that is on another machine.
    case files([String]?)
    /// The answer to ``Command/editExternally(_:)``: the text as the editor left it.
    case edited(String)
    /// A draft that an earlier run has saved.
    case draft(String)
    /// The answer to ``Command/listSessions``: the chats that can be opened, most recent first.
    case sessions([SessionItem])
    /// Another answer to it: the list is shown as far as it is known, and ``chats(_:)`` follows.
    case sessionsKnown
    /// The chats that can be opened, as they are now: for the list if it is shown, for the chats beside the transcript, and
    /// for the keys that go to one.
    case chats([SessionItem])
    /// The chat is empty, and this is what its page says until the first message; it follows ``opened(title:folder:agent:)``.
    case welcome(Welcome)
    /// The chat is to be a copy of one with this title, which the server has not made yet; it follows
    /// ``opened(title:folder:agent:)``.
    case copies(String)
    /// What the chat's folder and server are like: the branch that is checked out, and where the token comes from, each
    /// in a few words and empty when there is none.
    case surroundings(branch: String, token: String)
    /// The memory variables of the whole journal, which the page may not contain; it follows
    /// ``replaced(_:hasMore:)``.
    case memory([String: JSON])
    /// A connection was opened over the network, by this way.
    case path(NetworkPath)
    /// The last resume (``Model/awaitsPaint``) is on the screen now.
    case painted
    /// What the server says of other sessions, in place of what it said before.
    case news([SessionID: SessionNews])
    /// What the server says of another session by itself.
    case newsOf(SessionID, SessionNews)
    /// The answer to ``Command/previewSession(key:)``.
    case preview(SessionPreview)
    /// What ``Command/find(words:isHere:)`` has found, newest first; more may follow unless it is complete.
    case found([FoundText], words: String, isHere: Bool, isComplete: Bool)
    /// Show the transcript from this entry on.
    case jump(Seq)
    /// What has come since the chat was left, in order; the mirror holds it already.
    case missed([Entry])
    /// The chat in which this one goes on, which has expired; `nil` when it has not, or none is known.
    case next(String?)
    /// A message for the user, shown as a line in the transcript.
    case notice(String)
    /// Another theme was chosen, its file has changed, or the terminal has said which background it has.
    case restyled(Theme)
    /// The answer to ``Command/copy(_:)``: by what it was copied; empty when nothing took it.
    case copied(by: [String])
    /// The terminal can display these characters.
    case glyphs(GlyphSet)
    /// The deadline of ``Model/nextTick(after:)`` has passed.
    case tick
}

/// What the program must do as a result of an intent.
public enum Command: Hashable, Sendable {
    /// Put this prompt into the outbox.
    case send(String)
    /// Cancel the running turn.
    case cancelTurn
    /// Change a setting that the agent offers.
    case set(AgentSetting)
    /// Answer a question of the agent with the result of its method.
    case answer(RequestKey, JSON)
    /// Connect now instead of waiting for the backoff.
    case reconnect
    /// Leave the screen; a running turn goes on at the server.
    case quit
    /// Stop the process (Ctrl-Z), giving the terminal back until it is continued; this draft is on the disk before that.
    case suspend(draft: String)
    /// Repaint every cell, after other output has damaged the screen.
    case redraw
    /// Read the page of entries just before this sequence number from the mirror, for ``Intent/older(_:hasMore:)``;
    /// `Seq.max` asks for the newest page.
    case loadOlder(before: Seq)
    /// Read the page of entries just after this sequence number from the mirror, for ``Intent/newer(_:)``; 0 asks for
    /// the first page.
    case loadNewer(after: Seq)
    /// Save the draft, so that it survives the end of the process.
    case saveDraft(String)
    /// List the prompts that were sent earlier, for ``Intent/prompts(ofChat:everywhere:)``.
    case listPrompts
    /// List the files of the chat's folder, for ``Intent/files(_:)``.
    case listFiles
    /// Edit the text in the user's editor, for ``Intent/edited(_:)``.
    case editExternally(String)
    /// Remove a prompt that was refused or not sent yet from the outbox, for ``Intent/tookBack(_:)``.
    case takeBack(ClientMessageID)
    /// Leave this chat for a new one, with that agent; with the same one when `nil`.
    case newSession(agent: String?)
    /// Leave this chat for a copy of a chat, or of that on the screen.
    case forkSession(key: String?, title: String?)
    /// Ask the server about other sessions, for ``Intent/news(_:)``.
    case askForNews
    /// Read what was said last in a chat, for ``Intent/preview(_:)``.
    case previewSession(key: String)
    /// Give a chat, or that on the screen, another title.
    case renameSession(key: String?, title: String)
    /// Delete a chat, at its server and here.
    case deleteSession(key: String)
    /// Write a chat, or that on the screen, into a new file of the current folder, as `md` or `json`.
    case exportSession(key: String?, format: String)
    /// Search what was said, in this chat or in all, for ``Intent/found(_:words:isHere:isComplete:)``.
    case find(words: String, isHere: Bool)
    /// Open a chat where something was found.
    case openFound(key: String, seq: Seq)
    /// List the chats, for ``Intent/chats(_:)``.
    case listChats
    /// List the chats that can be opened, for ``Intent/sessions(_:)``.
    case listSessions
    /// Put this text on the clipboard, for ``Intent/copied(by:)``.
    case copy(String)
    /// Write this text, which is so called, into a new file.
    case write(String, what: String, to: String)
    /// Tell the user, who is looking at another window.
    case notify(String)
    /// Change to the theme with this name; list the themes when `nil`.
    case useTheme(String?)
    /// Open the chat with this key (``SessionItem/key``).
    case openSession(String)
}
