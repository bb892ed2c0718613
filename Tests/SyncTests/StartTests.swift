import Testing
import Wire

@testable import Sync

/// From nothing to a current screen, whole transcripts.
@Suite struct StartTests {
    private static let newSession = ClientRequest.NewSession(directory: "/folder", clientSessionKey: "key").json

    @Test func aFirstStartMakesTheSession() {
        let client = Client()
        #expect(client.nextDeadline == .zero)
        #expect(
            client.tick() == [.dial(generation: 1, Client.hello(nil, at: nil)), status(.connecting, roundTrip: nil)])
        #expect(client.isDialing(1))
        #expect(client.nextDeadline == .at(10_000))
        #expect(
            client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100)) == [])
        #expect(!client.isDialing(1))
        #expect(
            client.receive(Server.greeting(nil), after: .milliseconds(50)) == [
                .send(generation: 1, .request(.number(1), method: Method.newSession, params: Self.newSession))
            ])
        #expect(client.receive(Server.created()) == [.store([.adopt(Client.session, Client.epoch)])])
        #expect(client.session == Client.session)
        #expect(client.position == at(0))
        #expect(client.receive(Server.fence(0)) == [])
        #expect(!client.isLive)
        #expect(client.handle(.stored) == [status(.live)])
        #expect(client.isLive)
        // The first ping goes out at once, and is the first round trip that there is to show.
        client.showsRoundTrips = true
        #expect(client.nextDeadline == .at(100))
        client.measure(.milliseconds(30))
        #expect(
            client.handle(.hurry) == [], "and what it measured was said with its answer")
        #expect(client.nextDeadline == .at(20_150))
    }

    @Test func theAgentsOfTheServerAreInTheStatus() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        var layer = InitializeResult.Layer(pingInterval: 1, pingTimeout: 1, resumed: [])
        layer.agents = ["claude", "librarian"]
        layer.resumed = [.attached(attached(after: 4, head: 4))]
        _ = client.receive(.response(.number(0), result: InitializeResult(agent: nil, layer: layer).json))
        let effects = client.receive(Server.fence(4))
        #expect(
            effects.contains { effect in
                if case .status(let status) = effect { status.agents == layer.agents } else { false }
            })
    }

    @Test func aSessionThatWasMadeBeforeBringsItsHistory() {
        let client = Client()
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        _ = client.receive(Server.greeting(nil))
        #expect(
            client.receive(
                Server.created(head: 2), Server.frame(chunk(1), isReplay: true), Server.frame(chunk(2), isReplay: true),
                Server.fence(2)) == [
                    .store([
                        .adopt(Client.session, Client.epoch),
                        .append(Client.session, Client.epoch, [chunk(1), chunk(2)]),
                    ])
                ])
        #expect(client.handle(.stored) == [status(.live)])
        #expect(client.position == at(2))
    }

    @Test func theFastPathGoesOnWhereTheMirrorEnds() {
        let client = Client(session: Client.session, position: at(4))
        #expect(
            client.tick() == [.dial(generation: 1, Client.hello(at: at(4))), status(.connecting, roundTrip: nil)])
        #expect(
            client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100)) == [])
        #expect(
            client.receive(
                Server.greeting(attached(after: 4, head: 6)), Server.frame(chunk(5), isReplay: true),
                Server.frame(chunk(6), isReplay: true), Server.fence(6))
                == [.store([.append(Client.session, Client.epoch, [chunk(5), chunk(6)])])])
        #expect(client.position == at(4))
        #expect(client.handle(.stored) == [status(.live)])
        #expect(client.position == at(6))
    }

    @Test func withoutTheFastPathTheClientSpeaksFirst() {
        let client = Client(session: Client.session, position: at(4))
        let hello = Client.hello(at: at(4))
        #expect(client.tick() == [.dial(generation: 1, hello), status(.connecting, roundTrip: nil)])
        #expect(
            client.handle(.opened(generation: 1, greeted: false), after: .milliseconds(100)) == [
                .send(generation: 1, .request(.number(0), method: Method.initialize, params: hello.json))
            ])
        #expect(client.receive(Server.greeting(attached(after: 4, head: 4))) == [])
        #expect(client.receive(Server.fence(4)) == [status(.live)])
    }

    @Test func aSessionKnownByNameAloneIsFetchedWhole() {
        let client = Client(session: Client.session)
        #expect(
            client.tick() == [.dial(generation: 1, Client.hello(at: nil)), status(.connecting, roundTrip: nil)])
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        #expect(
            client.receive(Server.greeting(attached(.snapshot, after: 0, head: 1)))
                == [.store([.beginSnapshot(Client.session, Client.epoch)])])
        #expect(client.position == nil)
    }

    @Test func theFirstFailureIsAnsweredAtOnceAndTheSecondIsSaid() {
        let client = Client()
        _ = client.tick()
        let unreachable = DialFailure.unreachable("connection refused")
        #expect(
            client.handle(.failed(generation: 1, unreachable), after: .milliseconds(10)) == [
                .outbox([]),
                status(
                    .offline(since: .zero, attempt: 1, retryAt: .at(10)), roundTrip: nil, failure: "connection refused"),
            ])
        #expect(
            client.tick() == [
                .dial(generation: 2, Client.hello(nil, at: nil)),
                status(.connecting, roundTrip: nil, failure: "connection refused"),
            ])
        #expect(client.now == .at(10))
        _ = client.handle(.failed(generation: 2, unreachable))
        let retryAt = client.nextDeadline ?? .zero
        #expect(retryAt >= .at(10) && retryAt <= .at(260))
        // From the third attempt on the status does not flicker: it stays offline until a connection is open.
        #expect(
            client.tick() == [
                .dial(generation: 3, Client.hello(nil, at: nil))
            ] + (retryAt == client.now ? [] : [status(.connecting)]))
        #expect(
            client.handle(.opened(generation: 3, greeted: true), after: .milliseconds(100)) == [
                status(.connecting, failure: "connection refused")
            ])
    }
}

/// A session cannot be made.
@Suite struct RefusedSessionTests {
    private func refused(_ reason: String, _ code: RPCError.Code = .internalError) -> (Client, [SyncEffect]) {
        let client = Client()
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true))
        let asked = client.receive(Server.greeting(nil))
        guard case .send(_, .request(let id, Method.newSession, _))? = asked.first else { return (client, asked) }
        let error = RPCError(code, "no", reason: reason)
        return (client, client.receive(.failure(id, error)))
    }

    @Test func aServerWithoutRoomIsAskedAgain() {
        let (client, effects) = refused("disk_full")
        #expect(effects.first == .abandon(generation: 1, .normal))
        #expect(client.nextDeadline.map { $0 >= client.now + .seconds(2) } == true)
    }

    @Test func aServerThatWillNotIsNot() {
        let (_, effects) = refused("no_such_agent", .invalidRequest)
        #expect(effects.contains { if case .stopped = $0 { true } else { false } })
    }
}

/// Both programs were replaced by another version while the private server ran.
@Suite struct OldServerTests {
    private func client(replaces: Bool = true) -> SyncEngine {
        var configuration = Client.configuration
        configuration.replacesServer = replaces
        var engine = SyncEngine(
            configuration, session: Client.session, holding: nil, outbox: [item("a")], at: .zero)
        _ = engine.handle(.tick, at: .zero)
        _ = engine.handle(.opened(generation: 1, greeted: true), at: .zero)
        return engine
    }

    private func greeting(_ version: String, working: Int64?) -> Message {
        let result = InitializeResult(
            agent: Implementation(name: "belayd", version: version),
            layer: .init(
                pingInterval: 20_000, pingTimeout: 3_000, resumed: [.attached(attached(after: 0, head: 0))],
                sessionsWorking: working))
        return .response(.number(0), result: result.json)
    }

    private func isReplaced(_ effects: [SyncEffect]) -> Bool { effects.contains(.replaceServer("0.9")) }

    @Test func oneThatRestsIsLeftBeforeAnythingIsSentToIt() {
        var engine = client()
        let effects = engine.handle(
            .received(generation: 1, [greeting("0.9", working: 0), Server.fence(0)]), at: .zero)
        #expect(isReplaced(effects))
        #expect(!effects.contains { if case .send = $0 { true } else { false } })
        let failure = effects.compactMap { if case .status(let status) = $0 { status.lastFailure } else { nil } }
        #expect(failure.isEmpty, "the client's own doing is no failure")
        let items = engine.outboxItems
        #expect(items.map(\.state) == [.pending])
        // Once is enough: whoever is there now is spoken to.
        _ = engine.handle(.tick, at: engine.nextDeadline ?? .zero)
        _ = engine.handle(.opened(generation: 2, greeted: true), at: .at(500))
        let again = engine.handle(
            .received(generation: 2, [greeting("0.9", working: 0), Server.fence(0)]), at: .at(500))
        let isLive = engine.isLive
        #expect(!isReplaced(again) && isLive)
    }

    @Test func oneThatWorksIsReplacedWhenItsTurnsHaveEnded() {
        var engine = client()
        let effects = engine.handle(
            .received(generation: 1, [greeting("0.9", working: 2), Server.fence(0)]), at: .zero)
        #expect(effects.contains(.serverIsOld("0.9")) && !isReplaced(effects))
        let isLive = engine.isLive
        #expect(isLive)
        for (working, isOver) in [(Int64?.none, false), (1, false), (0, true)] {
            let due = engine.nextDeadline ?? .zero
            let ping = engine.handle(.tick, at: due)
            guard case .send(_, .request(let id, Method.ping, _))? = ping.first else {
                Issue.record("\(ping)")
                return
            }
            let result = JSON.object(of: ["working": working.map { .integer($0) }])
            let effects = engine.handle(.received(generation: 1, [.response(id, result: result)]), at: due)
            #expect(isReplaced(effects) == isOver)
        }
    }

    @Test func aNewerServerIsNotReplacedByAnOlderProgram() {
        var engine = client()
        let effects = engine.handle(
            .received(generation: 1, [greeting("1.0.1", working: 0), Server.fence(0)]), at: .zero)
        let isLive = engine.isLive
        #expect(effects.contains(.serverIsNew("1.0.1")) && isLive)
        #expect(!effects.contains { if case .replaceServer = $0 { true } else { false } })
    }

    @Test func anotherUsersServerOrOneOfThisVersionIsLeftAlone() {
        for (version, replaces) in [("0.9", false), ("1", true), ("1.0.0", true), ("of our own", true)] {
            var engine = client(replaces: replaces)
            let effects = engine.handle(
                .received(generation: 1, [greeting(version, working: 0), Server.fence(0)]), at: .zero)
            let isLive = engine.isLive
            #expect(!isReplaced(effects) && !effects.contains(.serverIsOld(version)) && isLive)
        }
    }
}
