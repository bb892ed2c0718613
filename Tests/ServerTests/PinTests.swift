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
            let hub = server.daemon.hub
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            client.notify(Method.detach, session.named)
            try await client.request(Method.ping, [:])
            let promises = await hub.hold(session, times: 2)
            server.clock.advance(by: .seconds(120))
            try await Task.sleep(for: .milliseconds(100))
            #expect(await hub.ledgers[session] != nil, "looked at ten times, and kept")
            // Each preparation has its own pin, and one that fails gives it back as well.
            promises[0].fail(CancellationError())
            try await Task.sleep(for: .milliseconds(100))
            #expect(await hub.ledgers[session] != nil)
            promises[1].succeed()
            #expect(await eventually { await hub.ledgers[session] == nil })
            #expect(await hub.pins.isEmpty)
        }
    }

    /// A session that has left memory at the end of an attach is "not now": only the store can say that it does not
    /// exist.
    @Test func whatIsNotInMemoryIsNotUnknown() async throws {
        try await withServer([FixedAgent.brief]) { server in
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            let error = await server.daemon.hub.attachOutcome(of: session)
            #expect(error?.code == .internalError && error?.reason == "unavailable" && error?.retryAfter == 2_000)
            let unknown = try await client.refusal(Method.resumeSession, ["sessionId": "none", "cwd": "/usr"])
            #expect(unknown?.code == .resourceNotFound)
        }
    }
}

extension Hub {
    /// Begins preparations that end with the promises.
    fileprivate func hold(_ session: SessionID, times: Int) -> [EventLoopPromise<Void>] {
        let promises = (0..<times).map { _ in loop.makePromise(of: Void.self) }
        for promise in promises { pinning([session]) { promise.futureResult }.whenComplete { _ in } }
        return promises
    }

    /// What an attach comes to whose session has left memory meanwhile.
    fileprivate func attachOutcome(of session: SessionID) -> RPCError? {
        guard let peer = peers.values.first else { return nil }
        unhost(session)
        let request = AttachRequest(session: session, position: nil)
        guard case .refused(_, let error) = attached(peer, request, .resume(nil)).outcome else { return nil }
        return error
    }
}
