import NIOCore
import ServerKit
import Synchronization
import TestKit
import Transport
import Wire

/// A client that comes back with a position in its upgrade request, as many at once as a test wants: it waits for
/// events and looks for nothing again and again.
final class Returning: Sendable {
    /// Who comes back, and where to.
    struct Attachment: Sendable {
        var endpoint: Endpoint
        var token: String
        var client: ClientID
        var session: SessionID
        var position: Position?
    }

    /// The connection ended before the client was current.
    struct Ended: Error {
        var closure: Closure
    }

    private struct State {
        var connection: Connection?
        var entries: [Entry] = []
        var answers: [RequestID: EventLoopPromise<JSON>] = [:]
    }

    private let state = Mutex(State())
    private let loop: any EventLoop
    private let current: EventLoopPromise<Void>

    private init(on loop: any EventLoop) {
        self.loop = loop
        current = loop.makePromise()
    }

    /// Comes back, and returns when everything that was missed is there.
    ///
    /// - Throws: `DialError`, or ``Ended``.
    static func current(_ attachment: Attachment, on loop: any EventLoop) async throws -> Returning {
        let returning = Returning(on: loop)
        let resume = [AttachRequest(session: attachment.session, position: attachment.position)]
        let request = Dialer.Request(
            endpoint: attachment.endpoint, token: attachment.token, userAgent: "returning/1",
            initialize: InitializeRequest.of(attachment.client, resume: resume).json)
        Dialer.dial(request, on: loop) { connection, _ in returning.opened(connection) }
            .whenFailure { returning.current.fail($0) }
        try await returning.current.futureResult.get()
        return returning
    }

    private func opened(_ connection: Connection) {
        state.withLock { $0.connection = connection }
        connection.onEvent { [self] event in
            switch event {
            case .received(let messages): for message in messages { received(message) }
            case .closed(let closure):
                current.fail(Ended(closure: closure))
                let waiting = state.withLock { Array($0.answers.values) }
                for promise in waiting { promise.fail(Ended(closure: closure)) }
            case .alive, .writabilityChanged, .undecodable: break
            }
        }
    }

    private func received(_ message: Message) {
        switch message {
        case .notification(Method.caughtUp, _): current.succeed()
        case .notification(let method, let params):
            guard let notice = try? EntryNotice(method: method, params: params) else { return }
            state.withLock { $0.entries.append(notice.entry) }
        case .response(let id, let result): state.withLock { $0.answers.removeValue(forKey: id) }?.succeed(result)
        case .failure(let id, let error): state.withLock { $0.answers.removeValue(forKey: id) }?.fail(error)
        case .request: break
        }
    }

    /// The entries that came, in order.
    var entries: [Entry] { state.withLock { $0.entries } }

    /// Asks something.
    func request(_ method: String, _ params: JSON) async throws -> JSON {
        let promise = loop.makePromise(of: JSON.self)
        state.withLock { $0.answers[.number(1)] = promise }
        loop.execute { [self] in
            let connection = state.withLock { $0.connection }
            connection?.write(Message.request(.number(1), method: method, params: params).encoded)
            connection?.flush()
        }
        return try await promise.futureResult.get()
    }

    /// Ends the connection without a word.
    func abort() async throws {
        try await loop.submit { [self] in state.withLock { $0.connection }?.abort() }.get()
    }
}
