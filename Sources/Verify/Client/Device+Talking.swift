import NIOCore
import Platform
import Wire

extension Device {
    /// Sends a prompt, and returns when its turn has ended.
    func ask(_ text: String) async throws {
        let ended = copy.turnsEnded
        let promise = try send(text)
        _ = try await Timeout.wait(for: promise, Timeout.turn, "the answer to “\(text)”")
        try await until("the end of the turn") { $0.turnsEnded > ended }
    }

    /// Sends a prompt without waiting.
    @discardableResult
    func send(_ text: String) throws -> EventLoopPromise<JSON> {
        guard let session else { throw Trouble("there is no session to ask in") }
        let prompt = ClientRequest.Prompt(
            session: session, content: [.text(text)],
            clientMessageID: ClientMessageID(UUIDv7.make(now: SystemClock.wall, using: &generator)))
        return try post(Method.prompt, prompt.json)
    }

    /// The server's state of the session: memory, plan, tool calls and turn.
    func state() async throws -> JSON {
        guard let session else { throw Trouble("there is no session to ask for its state") }
        return try await request(Method.state, ["sessionId": .string(session.rawValue)])
    }

    /// The whole conversation by `_belay/history`.
    func history() async throws -> [HistoryMessage] {
        guard let session else { throw Trouble("there is no session to ask for its history") }
        let request = HistoryRequest(session: session, limit: HistoryRequest.limitMaximum)
        let page = try await self.request(Method.history, request.json)
        // No case has more messages than one page.
        guard page["more"]?.bool != true else {
            throw Trouble("the history of \(session) is longer than what was said")
        }
        return try page.elements("messages", as: HistoryMessage.self)
    }
}
