public import Sync
public import Wire

/// A front end's command to a chat.
public enum ClientCommand: Hashable, Sendable {
    /// Start connecting; nothing is sent to the server before.
    case begin
    /// End the chat; a running turn goes on at the server.
    case end
    /// End the chat as soon as the server has what the user has sent and answered, whenever that can be.
    case endWhenSent
    /// Queue a prompt; the front end hears ``ClientEvent/notSent(_:reason:)`` when it cannot be.
    case send(String)
    /// Stop the running turn.
    case cancelTurn
    /// Change a setting that the agent offers; offline, it waits. The front end hears of what is set as of an entry, and what
    /// the server answers by ``ClientEvent/settled(_:_:)``.
    case set(AgentSetting)
    /// Answer to ``ClientEvent/called(_:)``.
    case callBack(RequestKey, Result<JSON, RPCError>)
    /// Answer the agent's question with this key.
    case answer(RequestKey, JSON)
    /// Fetch the gap before this entry first, because the user reads there.
    case readOn(before: Seq)
    /// The front end found the mirror damaged: quarantine it and fetch everything again.
    case copyIsDamaged
    /// Connect now instead of waiting for the backoff.
    case hurry
    /// Save the draft; writes are delayed by up to half a second.
    case saveDraft(String)
    /// Ask the server about other sessions, for ``ClientEvent/sessions(_:)``.
    case ask(SessionQuestion)
    /// List the files of the chat's folder, for ``ClientEvent/files(_:)``.
    case listFiles
    /// Remove a refused prompt from the outbox.
    case takeBack(ClientMessageID)
    /// Give a prompt back to the user, if it was refused or no server can have it; the front end hears
    /// ``ClientEvent/tookBack(_:)``, or why not.
    case reclaim(ClientMessageID)
}

/// A chat's event to its front end. Entries are reported once the mirror holds them: what is shown is on disk.
public enum ClientEvent: Hashable, Sendable {
    /// The way to the server.
    public struct Path: Hashable, Sendable {
        /// The network interface, such as `wlan0`; empty when it is not known.
        public var interface: String
        /// This machine's address.
        public var address: String
    }

    /// The status of the connection changed.
    case status(ConnectionStatus)
    /// A connection was opened over the network, by this way.
    case path(Path)
    /// The chat has this session from now on.
    case adopted(SessionID)
    /// Entries were appended to the mirror.
    case entries([Entry])
    /// A gap was filled, at least in part: a page that ended at it can continue.
    case filled(SessionID)
    /// The agent gave the chat a title, which the list has now unless the user gave one.
    case titled
    /// A snapshot replaced the mirror's copy of the session: read it again.
    case replaced(SessionID)
    /// The prompts that wait, after every change of one.
    case outbox([OutboxItem])
    /// The session expired; what follows belongs to its empty successor.
    case expired(Expiry)
    /// A message for the user, one sentence.
    case notice(String)
    /// A prompt was not queued, and why; its text goes back to the input.
    case notSent(String, reason: String)
    /// A prompt is in the outbox no more, and its text is the user's again.
    case tookBack(String)
    /// The files of the chat's folder, relative to it; `nil` when it is on another machine.
    case files([String]?)
    /// The server has answered to a setting: with the result of the method, or why it was not changed.
    case settled(AgentSetting, Result<JSON, RPCError>)
    /// An agent has this client do something, which the front end offers (``ChatClient/Configuration/capabilities``); it answers
    /// with ``ClientCommand/callBack(_:_:)``.
    case called(ClientCall)
    /// The agent does not wait for that any more.
    case callCancelled(RequestKey)
    /// The server answered a question about other sessions, or why it did not.
    case sessions(SessionAnswer)
    /// What ``ChatLister/list(_:report:)`` has read.
    case listed(Result<[ChatList.Item], StoreError>)
    /// What ``ChatSearch/find(_:in:report:)`` has found so far.
    case found(ChatSearch.Query, [ChatSearch.Found], isComplete: Bool)
    /// All writes are complete after ``ClientCommand/end``.
    case ended
    /// The chat stopped and does not reconnect by itself.
    case stopped(StopCause)
}
