public import Wire

/// An event for the client's engine.
public enum SyncEvent: Hashable, Sendable {
    /// The connection of this attempt is open; `greeted` when the server accepted `initialize` in the upgrade request.
    /// `upgrade` is how long that request took, zero when it was not measured.
    case opened(generation: Int, greeted: Bool, upgrade: Duration = .zero)
    /// Messages arrived, all those of one read.
    case received(generation: Int, [Message])
    /// The connection ended; `Closure` tells whether to come back.
    case closed(generation: Int, Closure)
    /// The connection could not be made.
    case failed(generation: Int, DialFailure)
    /// The mirror has stored the changes of the last ``SyncEffect/store(_:)``.
    case stored
    /// The mirror could not store them, and why.
    case storeFailed(String)
    /// The mirror is damaged and cannot be replaced, and why. A write in progress still has its own outcome.
    case mirrorFailed(String)
    /// The mirror was damaged, and an empty one has replaced it.
    case mirrorReplaced
    /// The user sent a prompt; it is in the outbox on disk.
    case queued(OutboxItem)
    /// The user took back a refused prompt; it is removed from the disk.
    case takenBack(ClientMessageID)
    /// The user wants the turn stopped.
    case cancelTurn
    /// The user changes a setting of the agent; offline, it waits.
    case set(AgentSetting)
    /// The user answered a question; the answer is stored.
    case answered(RequestKey, JSON)
    /// The front end has done what an agent asked for, or could not.
    case calledBack(RequestKey, Result<JSON, RPCError>)
    /// The user asks about other sessions.
    case asked(SessionQuestion)
    /// The user reads before this entry, which may be in a gap.
    case wanted(Seq)
    /// Addresses, routes or links changed; the payload tells what that means for the route to the server.
    case networkChanged(Route)
    /// The machine or this process was suspended for that long. It comes before anything that became due meanwhile.
    case woke(after: Duration)
    /// Something makes an attempt worthwhile at once, such as the user's F5.
    case hurry
    /// The deadline ``SyncEngine/nextDeadline`` has passed.
    case tick
    /// The user quits; a running turn goes on at the server.
    case quit
}

/// The route to the server now, compared with that of the present connection.
public enum Route: Hashable, Sendable {
    /// The source address is the same.
    case unchanged
    /// The source address is another one.
    case changed
    /// There is no route to the server.
    case none
}

/// Why a connection could not be made.
public enum DialFailure: Error, Hashable, Sendable {
    /// No connection: refused, timed out, or no network; with the system's error.
    case unreachable(String)
    /// The server refused the upgrade, with a reason.
    case refused(Refusal)
    /// The peer is no belayd: a captive portal, a web server or a proxy; with what it answered.
    case foreign(String)
    /// The certificate was rejected; with what is wrong with it.
    case untrusted(String)
    /// The private server cannot start before its configuration or its files are corrected.
    case misconfigured(String)

    /// The reason in one sentence, for the status.
    public var message: String {
        switch self {
        case .unreachable(let message): message
        case .refused(let refusal): refusal.message
        case .foreign(let message): message
        case .untrusted(let message): message
        case .misconfigured(let message): message
        }
    }
}

/// What the engine wants done.
public enum SyncEffect: Hashable, Sendable {
    /// Open a connection, with this `initialize` in the upgrade request.
    case dial(generation: Int, InitializeRequest)
    /// Send a message on this connection.
    case send(generation: Int, Message)
    /// Close the connection or abandon the attempt; its further events are ignored.
    case abandon(generation: Int, CloseCode)
    /// Store all changes in one transaction, then report ``SyncEvent/stored``.
    case store([MirrorChange])
    /// Record on disk that these prompts were sent.
    case markSent([ClientMessageID])
    /// Remove the stored answers to these questions: they are not open any more.
    case dropAnswers([RequestKey])
    /// The outbox changed; the payload is all of it.
    case outbox([OutboxItem])
    /// The server has answered to a setting: with the result of the method, or why it was not changed.
    case settled(AgentSetting, Result<JSON, RPCError>)
    /// Do something for an agent, and answer with ``SyncEvent/calledBack(_:_:)``.
    case call(ClientCall)
    /// The agent does not wait for that any more.
    case cancelCall(RequestKey)
    /// The private server has this other version and is working: it is replaced when it is idle.
    case serverIsOld(String)
    /// The private server is of this newer version: this program was replaced while it ran, and is to be started again.
    case serverIsNew(String)
    /// End the private server of this version, which is idle; the next attempt starts another one.
    case replaceServer(String)
    /// The answer to a question about other sessions.
    case sessions(SessionAnswer)
    /// The status changed; report it to the user.
    case status(ConnectionStatus)
    /// The session expired, and an empty one replaces it.
    case expired(Expiry)
    /// The engine stopped and does not reconnect by itself.
    case stopped(StopCause)
}

/// Why the engine stopped; the program maps it to an exit code.
public enum StopCause: Hashable, Sendable {
    /// The user quit; no failure.
    case quit
    /// The token is missing, expired, revoked or unknown, or the folder is not allowed.
    case notAllowed(String)
    /// The server does not know the session.
    case unknownSession(String)
    /// A newer connection with the same client ID took over.
    case superseded
    /// The peer violated the protocol, or speaks another version of it.
    case protocolBroken(String)
    /// The private server cannot start before its configuration or its files are corrected.
    case misconfigured(String)

    /// The reason in one sentence, for the user.
    public var message: String {
        switch self {
        case .quit: "left"
        case .notAllowed(let message), .unknownSession(let message), .protocolBroken(let message),
            .misconfigured(let message):
            message
        case .superseded: "a newer belay with the same client ID took over this chat"
        }
    }
}
