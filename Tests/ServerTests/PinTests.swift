import Ledger
import NIOCore
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// A session with an attach in preparation stays pinned in memory until that is decided, however slow the disk is.
@Suite struct PinTests {
    @Test func aSessionIsPinnedFromItsFirstMomentToTheAttach() async throws {
        try await withServer([FixedAgent.brief], change: { $0.idleInterval = .milliseconds(10) }) { server in
            let sessions = server.daemon.server.services.sessions
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            client.notify(Method.detach, session.named)
            try await client.request(Method.ping, [:])
            // Each preparation has its own pin.
            let first = try #require(try await sessions.pin(session, of: nil))
            let second = try #require(try await sessions.pin(session, of: nil))
            server.clock.advance(by: .seconds(120))
            await first.session.leaveIfLongIdle()
            #expect(sessions[session] != nil)
            first.release()
            await first.session.leaveIfLongIdle()
            #expect(sessions[session] != nil)
            second.release()
            #expect(await eventually { sessions[session] == nil })
            #expect(sessions.pinCount == 0)
        }
    }

    /// A session that has left memory at the end of an attach is "not now": only the store can say that it does not
    /// exist.
    @Test func whatIsNotInMemoryIsNotUnknown() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            let error = try await server.daemon.server.attachOutcome(of: session)
            #expect(error?.code == .internalError && error?.reason == "unavailable" && error?.retryAfter == 2_000)
            let unknown = try await client.refusal(Method.resumeSession, ["sessionId": "none", "cwd": "/usr"])
            #expect(unknown?.code == .resourceNotFound)
        }
    }
}

extension SessionServer {
    /// What an attach comes to whose session has left memory meanwhile.
    fileprivate func attachOutcome(of session: SessionID) async throws -> RPCError? {
        guard let connection = services.connections.all.first,
            let pin = try await services.sessions.pin(session, of: nil)
        else { return nil }
        defer { pin.release() }
        services.sessions.remove(pin.session)
        let attacher = SessionActor.Attacher(
            connection: connection, client: nil, capabilities: [], isSignOfLife: true, watched: [])
        return await withCheckedContinuation { continuation in
            pin.session.post { actor in
                actor.attach(attacher, session, .resume(nil)) { _, attached in
                    guard case .refused(_, let error) = attached.outcome else {
                        return continuation.resume(returning: nil)
                    }
                    continuation.resume(returning: error)
                }
            }
        }
    }
}
