import Agents
import ServerKit
import TestKit
import Wire

/// Words of agents and of clients that many suites need.
extension Entry.Body {
    /// An agent says something.
    static func said(_ text: String, in message: MessageID = "answer") -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: message, content: .text(text))))
    }
}

extension FixedAgent {
    /// An agent that says one word to each prompt.
    static var brief: FixedAgent { FixedAgent { turn in [[.said("done", in: MessageID("to-\(turn.id)"))]] } }

    /// An agent that says what it was told.
    static var echo: FixedAgent {
        FixedAgent { turn in
            [[.said(turn.prompt.compactMap(\.text).joined(), in: MessageID("to-\(turn.id)"))]]
        }
    }
}

extension SessionID {
    /// The session as the parameters of a request that want nothing else.
    var named: JSON { ["sessionId": .string(rawValue)] }
}

extension TestServer {
    /// A client of the layer of a user who has a token.
    func client(of user: String, as name: ClientID = "c") async throws -> WireClient {
        try await WireClient.greeted(by: endpoint, token: try token(for: user).text, as: name)
    }
}

extension WireClient {
    /// Sends a prompt and waits for the end of its turn.
    @discardableResult
    func converse(_ text: String = "hello", in session: SessionID, key: ClientMessageID? = nil) async throws -> JSON {
        try await answer(to: prompt(text, in: session, key: key))
    }

    /// What a request that was posted is refused with.
    func refusal(of request: RequestID) async throws -> RPCError? {
        do {
            try await answer(to: request)
            return nil
        } catch let error as RPCError {
            return error
        }
    }
}
