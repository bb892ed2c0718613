import Ledger
import NIOCore
import ServerKit
import TestKit
import Testing
import Transport
import Wire

@testable import Server

/// What a session has posted before it knew that entries were dropped, and what a client does meanwhile: no entry is
/// left out, and no answer comes before its entries or not at all.
@Suite struct LagOrderTests {
    private static let bound = 16 << 10

    /// A connection without a socket that watches a session, as a test has it deliver.
    private struct Scene {
        let connection: ConnectionActor
        let session: SessionID
        let actor: SessionActor

        /// Effects of the session.
        func perform(_ effects: [LedgerEffect]) async { await connection.perform(effects, of: session) }

        /// Entries of the session.
        func deliver(_ range: ClosedRange<Seq>, bytes: Int = 100, isReplay: Bool = false) async {
            let entries = range.map { seq in
                EncodedEntry(
                    Entry(seq: seq, timestamp: 0, body: .event(.note(String(repeating: "x", count: bytes)))))
            }
            await perform([.deliver(connection.id, entries, isReplay: isReplay)])
        }

        func fence(_ seq: Seq) async {
            await perform([.caughtUp(connection.id, Position(epoch: "e", seq: seq))])
        }

        func answer(_ number: Int64) async {
            let result = LedgerEffect.Reply.prompt("t", .endTurn, seq: 9, joined: false)
            await perform([.respond(connection.id, .number(number), .success(result))])
        }
    }

    private func withScene(_ body: (Scene) async throws -> Void) async throws {
        try await withServer([FixedAgent.brief], change: { $0.outgoingBytesMaximum = Self.bound }) { server in
            let client = try await WireClient.greeted(by: server.local, as: "owner")
            let session = try await client.newSession()
            let services = server.daemon.server.services
            let actor = try #require(services.sessions[session])
            let connection = ConnectionActor(
                principal: SessionRoots.local, token: nil, generation: .none, deflate: nil, on: services.loops.first,
                services)
            _ = services.connections.add(connection, maximum: .max, perUser: .max)
            await connection.begin(actor)
            try await body(Scene(connection: connection, session: session, actor: actor))
            await connection.ended()
        }
    }

    @Test func aReplayThatWasPostedBeforeTheDropDoesNotEndIt() async throws {
        try await withScene { scene in
            await scene.deliver(1...2, isReplay: true)
            // The queue runs over, and all of it is dropped.
            await scene.deliver(3...3, bytes: Self.bound)
            #expect(await scene.connection.drain() == [])
            // The session has not heard of it, and goes on with its replay.
            await scene.deliver(4...5, isReplay: true)
            await scene.fence(5)
            await scene.answer(1)
            #expect(await scene.connection.drain() == [], "nothing behind a gap")
            #expect(await scene.connection.watches[scene.session]?.droppedBehind == 0)
            // It has heard of it, and the queue is empty.
            await scene.deliver(1...5, isReplay: true)
            #expect(await scene.connection.drain() == ["1...5"])
            await scene.fence(5)
            #expect(await scene.connection.drain() == ["caught_up", "answer 1"])
            await scene.answer(2)
            #expect(await scene.connection.drain() == ["answer 2"])
        }
    }

    @Test func anAnswerIsSentBehindTheEntriesThatWereDropped() async throws {
        try await withScene { scene in
            await scene.deliver(1...1)
            await scene.deliver(2...2, bytes: Self.bound)
            await scene.answer(1)
            await scene.deliver(3...3)
            await scene.answer(2)
            #expect(await scene.connection.drain() == [])
            await scene.deliver(1...3, isReplay: true)
            await scene.fence(3)
            await scene.answer(3)
            #expect(await scene.connection.drain() == ["1...3", "caught_up", "answer 1", "answer 2", "answer 3"])
        }
    }

    /// An answer in the queue cannot be read again, so neither it nor what stands before it is dropped.
    @Test func whatStandsBeforeAnAnswerIsNotDropped() async throws {
        try await withScene { scene in
            await scene.deliver(1...1)
            await scene.answer(1)
            await scene.deliver(2...2)
            await scene.deliver(3...3, bytes: Self.bound)
            #expect(await scene.connection.drain() == ["1...1", "answer 1"])
            #expect(await scene.connection.watches[scene.session]?.droppedBehind == 1)
        }
    }

    @Test func whoAttachesAgainWhileItLagsIsStillAnswered() async throws {
        try await withScene { scene in
            await scene.deliver(1...1, bytes: Self.bound)
            await scene.answer(1)
            await scene.connection.attachAgain(to: scene.actor)
            #expect(await scene.connection.drain() == [])
            await scene.deliver(1...1, isReplay: true)
            await scene.fence(1)
            #expect(await scene.connection.drain() == ["1...1", "caught_up", "answer 1"])
        }
    }

    @Test(arguments: [true, false])
    func whoLeavesWhileItLagsIsStillAnswered(isDetached: Bool) async throws {
        try await withScene { scene in
            await scene.deliver(1...1, bytes: Self.bound)
            await scene.answer(1)
            await scene.answer(2)
            if isDetached {
                let params: JSON = ["sessionId": .string(scene.session.rawValue)]
                await scene.connection.received([.message(.notification(method: Method.detach, params: params))])
            } else {
                await scene.connection.forget(scene.session)
            }
            #expect(await scene.connection.drain() == ["answer 1", "answer 2"])
        }
    }

    @Test func whatIsHeldBackIsDroppedInItsPlace() async throws {
        try await withScene { scene in
            await scene.connection.holdBack()
            await scene.deliver(1...2, isReplay: true)
            await scene.fence(2)
            await scene.deliver(3...3)
            await scene.deliver(4...4, bytes: Self.bound)
            await scene.deliver(5...5)
            await scene.answer(1)
            await scene.connection.performHeldBack()
            #expect(await scene.connection.drain() == ["1...2", "caught_up", "3...3"])
            await scene.deliver(4...5, isReplay: true)
            await scene.fence(5)
            #expect(await scene.connection.drain() == ["4...5", "caught_up", "answer 1"])
        }
    }
}

extension ConnectionActor {
    /// Begins as a client of the layer that watches a session.
    fileprivate func begin(_ session: SessionActor) {
        layer = InitializeRequest.of("c").layer
        isInitialized = true
        watches[session.id] = Watch(session: session, attach: 1)
    }

    fileprivate func attachAgain(to session: SessionActor) {
        let result = AttachResult(
            session: session.id, epoch: "e", headSeq: 1, mode: .delta, afterSeq: 0, tier: .brief, turn: nil,
            expiresAt: nil)
        watch(SessionActor.Attached(session: session, attach: 2, isCounted: false, outcome: .attached(result)))
    }

    fileprivate func holdBack() { heldBack = HeldBack() }

    /// Takes what waits, as a socket would: the numbers of entries, fences, and answers.
    fileprivate func drain() -> [String] {
        var lines: [String] = []
        while let item = outgoing.popFirst() {
            switch item {
            case .entries(let batch, _, let from): lines.append("\(from)...\(from + Seq(batch.count) - 1)")
            case .message(let message):
                let json = try? JSON(parsing: message)
                let id = json?["id"]?.integer(in: .count)
                lines.append(
                    id.map { "answer \($0)" } ?? (json?["method"] == .string(Method.caughtUp) ? "caught_up" : "?"))
            }
        }
        return lines
    }
}
