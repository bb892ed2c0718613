import Testing
import Wire

@testable import Sync

/// The network changes under a client, or the machine sleeps.
@Suite struct NetworkTests {
    private func ping(_ effects: [SyncEffect]) -> Bool {
        effects.contains { effect in
            if case .send(_, .request(_, Method.ping, _)) = effect { true } else { false }
        }
    }

    @Test func theSameWayIsAskedWhetherItStillLeadsThere() {
        let client = Client.live()
        #expect(ping(client.handle(.networkChanged(.unchanged), after: .seconds(30))))
        // 300 ms, or two round trips when these are longer.
        #expect(client.nextDeadline == client.now + .milliseconds(300))
        let effects = client.tick()
        #expect(effects.first == .abandon(generation: 1, .heartbeatMissed))
        #expect(client.tick().contains { if case .dial(generation: 2, _) = $0 { true } else { false } }, "at once")
    }

    @Test(arguments: [Route.changed, .none]) func anotherWayIsTriedBesideTheOldOne(_ route: Route) {
        let client = Client.live()
        let effects = client.handle(.networkChanged(route), after: .seconds(30))
        #expect(ping(effects))
        #expect(effects.contains(.dial(generation: 2, Client.hello(at: at(4)))))
        #expect(client.isLive && client.isDialing(2), "the old connection is still used")
    }

    @Test func theNewConnectionThatOpensFirstTakesTheOldOnesPlace() {
        let client = Client.live()
        _ = client.handle(.networkChanged(.changed), after: .seconds(30))
        let effects = client.handle(.opened(generation: 2, greeted: true), after: .milliseconds(80))
        #expect(effects.first == .abandon(generation: 1, .normal))
        #expect(!client.isLive)
        #expect(client.handle(.received(generation: 1, [Server.frame(chunk(5))])) == [], "the old one is not heard")
        let caughtUp = client.handle(
            .received(generation: 2, [Server.greeting(attached(after: 4, head: 4)), Server.fence(4)]))
        #expect(client.isLive)
        guard case .status(let status)? = caughtUp.last else { return #expect(Bool(false), "\(caughtUp)") }
        #expect(status.resumes.last?.offline == .milliseconds(80), "from the moment the change was seen")
        #expect(status.resumes.last?.opening == .milliseconds(80))
    }

    @Test func theOldConnectionThatAnswersFirstStays() {
        let client = Client.live()
        let begun = client.handle(.networkChanged(.changed), after: .seconds(30))
        guard case .send(_, .request(let id, _, _))? = begun.first else { return #expect(Bool(false), "\(begun)") }
        let effects = client.handle(.received(generation: 1, [.response(id, result: [:])]), after: .milliseconds(20))
        #expect(effects.contains(.abandon(generation: 2, .normal)))
        #expect(client.isLive && !client.isDialing(2))
        #expect(client.handle(.opened(generation: 2, greeted: true)) == [], "it comes too late")
    }

    @Test func aNewWayThatLeadsNowhereChangesNothing() {
        let client = Client.live()
        _ = client.handle(.networkChanged(.changed), after: .seconds(30))
        _ = client.handle(.failed(generation: 2, .unreachable("nobody")), after: .milliseconds(20))
        #expect(client.isLive && !client.isDialing(2))
    }

    @Test func whenTheOldConnectionEndsTheNewOneGoesOnAlone() {
        for isSilent in [true, false] {
            let client = Client.live()
            _ = client.handle(.networkChanged(.changed), after: .seconds(30))
            if isSilent {
                #expect(client.tick().first == .abandon(generation: 1, .heartbeatMissed))
            } else {
                _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
            }
            #expect(!client.isLive && client.isDialing(2), "no second attempt is made")
            _ = client.handle(.opened(generation: 2, greeted: true), after: .milliseconds(50))
            _ = client.handle(
                .received(generation: 2, [Server.greeting(attached(after: 4, head: 4)), Server.fence(4)]))
            #expect(client.isLive)
        }
    }

    @Test func whoeverWaitsTriesAtOnceAndWhoeverConnectsTheOldWayBeginsAnew() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        let effects = client.handle(.networkChanged(.changed), after: .milliseconds(10))
        #expect(effects.first == .abandon(generation: 1, .normal))
        #expect(client.nextDeadline == client.now)
        #expect(client.handle(.networkChanged(.unchanged)) == [])
        _ = client.tick()
        #expect(client.isDialing(2))
        #expect(client.handle(.networkChanged(.unchanged)) == [], "an attempt over the present way goes on")
        _ = client.handle(.failed(generation: 2, .unreachable("nobody")))
        _ = client.handle(.networkChanged(.unchanged))
        #expect(client.nextDeadline == client.now)
    }

    @Test func whatWasSentIntoSilenceIsSoonAskedAbout() {
        let client = Client.live()
        let sent = client.handle(.queued(item("a")), after: .seconds(12))
        #expect(sent.contains(.markSent(["a"])))
        #expect(ping(client.tick()), "at once, and not when an idle connection would be asked")
        #expect(client.now == .at(12_100))
        while client.isLive { _ = client.tick() }
        #expect(client.now == .at(15_100))
    }

    @Test func nobodyIsLateWhenNothingRan() {
        let client = Client.live()
        _ = client.tick()
        let deadline = client.nextDeadline
        #expect(client.handle(.woke(after: .seconds(600)), after: .seconds(600)) == [])
        #expect(client.nextDeadline == deadline.map { $0 + .seconds(600) })
        #expect(client.isLive)
    }

    @Test func aStreamThatIsStuckIsNotTakenForAliveBecauseItAnswers() {
        let client = Client.live()
        let heads: JSON = ["heads": [Client.session.rawValue: 9]]
        func answered(_ effects: [SyncEffect]) -> [SyncEffect] {
            for case .send(_, .request(let id, Method.ping, _)) in effects {
                return client.handle(.received(generation: 1, [.response(id, result: heads)]), after: .milliseconds(20))
            }
            return effects
        }
        let first = answered(client.tick())
        #expect(client.isLive && !first.contains(.abandon(generation: 1, .normal)), "what is on its way may come")
        let effects = answered(client.tick())
        #expect(effects.first == .abandon(generation: 1, .normal))
        #expect(!client.isLive)
    }
}
