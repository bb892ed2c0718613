public import Wire

/// What happens to a client.
public enum SyncEvent: Hashable, Sendable {
    /// The connection of this attempt is open; `greeted` when the server took `initialize` from the upgrade request.
    case opened(generation: Int, greeted: Bool)
    /// Messages came, as many as one read brought.
    case received(generation: Int, [Message])
    /// The connection ended.
    case closed(generation: Int, Closure)
    /// The connection could not be made.
    case failed(generation: Int, DialFailure)
    /// The mirror holds what the last ``SyncEffect/store(_:)`` brought.
    case stored
    /// The mirror could not take it, and why.
    case storeFailed(String)
    /// The mirror was damaged, and an empty one has taken its place.
    case mirrorReplaced
    /// The user sent a prompt; it is on disk.
    case queued(OutboxItem)
    /// The user took back a prompt that was refused; it is off the disk.
    case takenBack(ClientMessageID)
    /// The user wants the turn stopped.
    case cancelTurn
    /// The user answered a question; the answer is on disk.
    case answered(RequestKey, JSON)
    /// The user reads on before this entry, which may be in a hole.
    case wanted(Seq)
    /// Addresses, routes or links changed; what that means for the way to the server.
    case networkChanged(Route)
    /// Nothing ran for that long: the machine or this program was asleep. It comes before whatever was due meanwhile.
    case woke(after: Duration)
    /// Something makes an attempt worth while at once.
    case hurry
    /// Time has passed.
    case tick
    /// The user leaves.
    case quit
}

/// The way from here to the server, compared with the one that the connection goes.
public enum Route: Hashable, Sendable {
    /// It is the same.
    case unchanged
    /// It begins at another address now.
    case changed
    /// There is none.
    case none
}

/// Why a connection could not be made.
public enum DialFailure: Error, Hashable, Sendable {
    /// Nobody answers, or the network is gone; what the operating system said.
    case unreachable(String)
    /// The server refuses, with a reason of ours.
    case refused(Refusal)
    /// Whoever answers is no server of ours: a captive portal, a web page, a proxy; what it said.
    case foreign(String)
    /// The certificate is not good; what is wrong with it.
    case untrusted(String)

    /// One sentence for a person.
    public var message: String {
        switch self {
        case .unreachable(let message): message
        case .refused(let refusal): refusal.message
        case .foreign(let message): message
        case .untrusted(let message): message
        }
    }
}

/// What a client's engine wants done.
public enum SyncEffect: Hashable, Sendable {
    /// Open a connection, with this as its `initialize`.
    case dial(generation: Int, InitializeRequest)
    /// Send a message.
    case send(generation: Int, Message)
    /// Close the connection, or give the attempt up; nothing more is wanted from it.
    case abandon(generation: Int, CloseCode)
    /// Write all of it in one transaction, then say ``SyncEvent/stored``.
    case store([MirrorChange])
    /// Remember on disk that these prompts have gone out.
    case markSent([ClientMessageID])
    /// Forget on disk the answers to these questions: they come too late.
    case dropAnswers([RequestKey])
    /// The outbox changed.
    case outbox([OutboxItem])
    /// The server is of this other version, and works: it is replaced when it does not any more.
    case serverIsOld(String)
    /// End the server of this version, in which nothing goes on; the next attempt starts another one.
    case replaceServer(String)
    /// The status changed.
    case status(ConnectionStatus)
    /// The session expired, and the one in its place is clean.
    case expired(Expiry)
    /// The engine stopped for good.
    case stopped(StopCause)
}

/// Why an engine stopped for good; the program turns it into an exit code.
public enum StopCause: Hashable, Sendable {
    /// The user left.
    case quit
    /// The token is missing, expired, revoked or not known.
    case notAllowed(String)
    /// The server does not know the session.
    case unknownSession(String)
    /// A newer connection of this client took over.
    case superseded
    /// The peer is no server of ours, broke the protocol, or speaks another version.
    case protocolBroken(String)

    /// One sentence for a person.
    public var message: String {
        switch self {
        case .quit: "left"
        case .notAllowed(let message), .unknownSession(let message), .protocolBroken(let message): message
        case .superseded: "a newer belay with the same seat took this chat over"
        }
    }
}
