public import Wire

/// What a client asks about the sessions of its server, beside its own.
public enum SessionQuestion: Hashable, Sendable {
    /// How the sessions are that were used last.
    case list
    /// To delete a session with its journal.
    case delete(SessionID)
}

/// The answer to a ``SessionQuestion``.
public enum SessionAnswer: Hashable, Sendable {
    case listed([SessionSummary])
    /// What the server says of one by itself.
    case changed(SessionSummary)
    case deleted(SessionID)
    /// Why it was not answered, or not done, in words.
    case failed(SessionQuestion, String)
}

/// Questions about other sessions on the one connection. They are asked while it is live, and not again on another one.
extension SyncEngine {
    mutating func ask(_ question: SessionQuestion) -> [SyncEffect] {
        guard isLive, let generation = link.currentGeneration else {
            return [.sessions(.failed(question, "there is no connection to the server"))]
        }
        switch question {
        case .list:
            guard !requests.isListing else { return [] }
            return [request(.sessions(question), Method.listSessions, [:], on: generation)]
        case .delete(let session):
            let params: JSON = ["sessionId": .string(session.rawValue)]
            return [request(.sessions(question), Method.deleteSession, params, on: generation)]
        }
    }

    func answered(_ question: SessionQuestion, _ result: JSON) -> [SyncEffect] {
        do throws(RPCError) {
            switch question {
            case .list: return [.sessions(.listed(try SessionSummary.list(result)))]
            case .delete(let session): return [.sessions(.deleted(session))]
            }
        } catch {
            return failed(question, error)
        }
    }

    /// A session that the server does not know is as good as deleted.
    func failed(_ question: SessionQuestion, _ error: RPCError) -> [SyncEffect] {
        if case .delete(let session) = question, error.code == .resourceNotFound {
            return [.sessions(.deleted(session))]
        }
        return [.sessions(.failed(question, error.message))]
    }
}
