import Testing
import Wire

@testable import Sync

/// A passing error is never taken for a final one, whichever request it answers, and a final one stops at once.
@Suite struct VerdictTests {
    private static let passing = [-32001, -32003, -32042, -32099, -32100, -32768, -32800, -1, 0, 1, 429, 503, 1 << 40]
    private static let final = [-32700, -32600, -32601, -32602, -32650]

    private static func error(_ code: Int64, reason: String? = nil, retryAfter: Int64? = nil) -> RPCError {
        let belay = JSON.object(of: [
            "reason": reason.map { .string($0) }, "retryAfterMs": retryAfter.map { .integer($0) },
        ])
        return RPCError(.init(rawValue: code), "no", data: ["belay": belay])
    }

    private static let notNow =
        passing.map { error(Int64($0)) } + [error(-32603), error(-32603, reason: "unavailable")]
        + (passing + final + [-32000, -32002, -32603]).map {
            error(Int64($0), reason: "unavailable", retryAfter: 500)
        } + [error(-32602, retryAfter: 0), error(-32002, reason: "expired", retryAfter: 1)]

    private func stopped(_ effects: [SyncEffect]) -> StopCause? {
        effects.lazy.compactMap { if case .stopped(let cause) = $0 { cause } else { nil } }.first
    }

    /// A client that waits for the answer to `initialize`, which has the ID 0.
    private func greeting() -> Client {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        return client
    }

    /// A client that waits for the answer to `session/new`, which has the ID 1.
    private func starting() -> Client {
        let client = Client()
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        _ = client.receive(Server.greeting(nil))
        return client
    }

    @Test func whatPassesIsRetried() {
        for error in Self.notNow {
            for (client, message) in [
                (greeting(), Message.failure(.number(0), error)), (starting(), .failure(.number(1), error)),
                (greeting(), Server.greeting([.refused(Client.session, error)])),
            ] {
                #expect(stopped(client.receive(message)) == nil, "\(error)")
                #expect(client.nextDeadline != nil, "\(error)")
            }
            let client = Client.live()
            _ = client.handle(.queued(item("a")))
            _ = client.receive(.failure(.number(1), error))
            #expect(client.outboxItems == [item("a", wasSent: true)], "\(error)")
            client.now = client.now + .seconds(3)
            #expect(client.tick().contains(prompt(2, "a")), "\(error) is sent again")
        }
    }

    @Test func whatIsFinalStops() {
        for code in Self.final {
            let error = Self.error(Int64(code))
            #expect(
                stopped(greeting().receive(.failure(.number(0), error)))
                    == .protocolBroken("the server refused the request: no"))
            #expect(stopped(starting().receive(.failure(.number(1), error))) != nil)
            let client = Client.live()
            _ = client.handle(.queued(item("a")))
            _ = client.receive(.failure(.number(1), error))
            #expect(client.outboxItems == [item("a", state: .refused("no"), wasSent: true)])
        }
    }

    /// ACP's `auth_required` is about the user, as a refused token is.
    @Test func whoIsNotSignedInIsNotAllowed() {
        let error = Self.error(-32000)
        for effects in [
            greeting().receive(.failure(.number(0), error)), starting().receive(.failure(.number(1), error)),
            greeting().receive(Server.greeting([.refused(Client.session, error)])),
        ] { #expect(stopped(effects) == .notAllowed("no")) }
    }

    /// What the layer names without a delay is a limit that waiting does not change.
    @Test(arguments: ["session_full", "quota", "journal_damaged", "too_many_sessions"])
    func aLimitRefusesThePrompt(reason: String) {
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        _ = client.receive(.failure(.number(1), Self.error(-32603, reason: reason)))
        #expect(client.outboxItems == [item("a", state: .refused("no"), wasSent: true)])
    }

    @Test func aPromptToAnExpiredSessionMovesToItsSuccessor() {
        let expiry = Expiry(
            at: 9, lastSeq: 4, archiveUntil: 99, successorID: "successor", successor: Position(epoch: "clean", seq: 0))
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        let effects = client.receive(.failure(.number(1), expiry.error))
        #expect(effects.first == .expired(expiry))
        #expect(client.session == "successor")
        #expect(client.outboxItems.map(\.wasSent) == [true], "the user decides about what was sent")
        _ = client.handle(.stored)
        let hello = Client.hello("successor", at: Position(epoch: "clean", seq: 0))
        #expect(client.tick().first == .dial(generation: 2, hello))
    }

    /// The old session's snapshot may be on its way to the disk when its successor is adopted.
    @Test func whatTheOldSessionStillStoresIsNotClaimedOfItsSuccessor() {
        let expiry = Expiry(
            at: 9, lastSeq: 4, archiveUntil: 99, successorID: "successor", successor: Position(epoch: "clean", seq: 0))
        let client = Client.live()
        _ = client.handle(.queued(item("a")))
        let store = client.receive(Server.resync(Client.epoch), Server.frame(chunk(1)), Server.fence(1))
        #expect(
            store == [
                .store([
                    .beginSnapshot(Client.session, Client.epoch), .stage(Client.session, Client.epoch, [chunk(1)]),
                    .swap(Client.session, Client.epoch),
                ])
            ])
        _ = client.receive(.failure(.number(1), expiry.error))
        _ = client.handle(.stored)
        #expect(client.session == "successor" && client.position == Position(epoch: "clean", seq: 0))
    }

    /// Each wait says what it was for.
    @Test func aSilentServerHasAReason() {
        let asked = greeting()
        let created = starting()
        let replaying = greeting()
        _ = replaying.receive(Server.greeting(attached(after: 4, head: 9)))
        for (client, word) in [(asked, "'initialize'"), (created, "'session/new'"), (replaying, "the replay stopped")] {
            client.now = client.now + .seconds(10)
            let effects = client.tick()
            let failure = effects.lazy.compactMap { effect in
                if case .status(let status) = effect { status.lastFailure } else { nil }
            }.first
            #expect(failure?.contains(word) == true, "\(failure ?? "nothing")")
        }
    }
}
