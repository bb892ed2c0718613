import Testing
import Wire

@testable import Sync

/// Pings, timeout, and who is listened to.
@Suite struct LivenessTests {
    private func ping(_ id: Int64, at milliseconds: Int64, seq: Seq = 4) -> SyncEffect {
        .send(
            generation: 1,
            .request(
                .string("ping-\(id)"), method: Method.ping,
                params: [
                    "t": .integer(milliseconds),
                    "acks": [["sessionId": "session", "epoch": "epoch", "seq": .integer(seq)]],
                ]))
    }

    @Test func pingsWhenIdleAndTellsWhatIsDurable() {
        let client = Client.live()
        client.showsRoundTrips = true
        #expect(client.nextDeadline == .at(20_100))
        #expect(client.handle(.tick, after: .milliseconds(19_999)) == [])
        #expect(client.handle(.tick, after: .milliseconds(1)) == [ping(2, at: 20_100)])
        #expect(client.nextDeadline == .at(21_100), "when the answer is late")
        #expect(
            client.receive(.response(.string("ping-2"), result: [:]), after: .milliseconds(130))
                == [status(.live, roundTrip: .milliseconds(60))])
        #expect(client.nextDeadline == .at(40_100))
    }

    @Test func pingsMoreOftenWhileATurnRuns() {
        let client = Client.live(turn: "one")
        #expect(client.nextDeadline == .at(1_150))
        #expect(client.tick() == [ping(2, at: 1_150)])
        // A server that refuses pings is alive.
        #expect(
            client.receive(.failure(.string("ping-2"), RPCError(.methodNotFound, "no")), after: .milliseconds(50)) == []
        )
        #expect(client.nextDeadline == .at(2_200))
    }

    @Test func silenceIsDeath() {
        let client = Client.live()
        _ = client.tick()
        #expect(client.handle(.tick, after: .milliseconds(999)) == [])
        #expect(client.handle(.tick, after: .milliseconds(1)) == [.status(late)])
        #expect(client.nextDeadline == .at(23_100))
        #expect(client.handle(.tick, after: .milliseconds(1_999)) == [])
        #expect(
            client.handle(.tick, after: .milliseconds(1)) == [
                .abandon(generation: 1, .heartbeatMissed), .outbox([]),
                status(
                    .offline(since: .at(23_100), attempt: 1, retryAt: .at(23_100)),
                    failure: "heartbeat time-out: no answer from the server"),
            ])
        #expect(
            client.tick() == [.dial(generation: 2, Client.hello(at: at(4)))],
            "as long as nothing is open it is offline, whatever is being tried")
    }

    /// The status while an answer is late.
    private var late: ConnectionStatus {
        var status = ConnectionStatus(state: .live)
        status.isAnswerLate = true
        return status
    }

    @Test func aLateAnswerIsSaidOnceAndNotWhenItHasCome() {
        let client = Client.live()
        _ = client.tick()
        #expect(client.tick() == [.status(late)])
        #expect(late.isSlow)
        // Another frame does not bring the answer.
        #expect(client.receive(.notification(method: "_belay/unknown", params: [:])) == [])
        #expect(
            client.receive(.response(.string("ping-2"), result: [:]), after: .milliseconds(500)) == [status(.live)])
        #expect(client.nextDeadline == .at(40_100), "it is not waited for any more")
        var slow = ConnectionStatus(state: .live, roundTrip: .milliseconds(1_001))
        #expect(slow.isSlow)
        slow.roundTrip = Heartbeat.late
        #expect(!slow.isSlow)
    }

    @Test func anyFrameIsLife() {
        let client = Client.live()
        _ = client.tick()
        _ = client.tick()
        _ = client.receive(.notification(method: "_belay/unknown", params: [:]), after: .milliseconds(1_900))
        #expect(client.nextDeadline == .at(26_000))
        #expect(client.handle(.tick, after: .milliseconds(2_999)) == [])
        #expect(client.tick().first == .abandon(generation: 1, .heartbeatMissed))
        #expect(client.now == .at(26_000))
    }

    @Test func aSlowLinkIsGivenFourRoundTrips() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .seconds(4))
        _ = client.receive(Server.greeting(attached(after: 4, head: 4)), Server.fence(4))
        _ = client.tick()
        _ = client.tick()
        #expect(client.nextDeadline == client.now + .seconds(7), "eight since the ping, of which one has passed")
    }

    @Test func anAttemptThatHangsIsGivenUp() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        #expect(client.handle(.tick, after: .milliseconds(9_999)) == [])
        #expect(
            client.handle(.tick, after: .milliseconds(1)) == [
                .abandon(generation: 1, .heartbeatMissed), .outbox([]),
                status(
                    .offline(since: .zero, attempt: 1, retryAt: .at(10_000)), roundTrip: nil,
                    failure: "no connection within 10 s"),
            ])
    }

    @Test func aReplayHasAsLongAsItMoves() {
        let client = Client(session: Client.session, position: at(4))
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .seconds(9))
        #expect(client.nextDeadline == .at(10_000))
        _ = client.receive(Server.greeting(attached(after: 4, head: 9)))
        #expect(client.nextDeadline == .at(19_000))
        _ = client.receive(Server.frame(chunk(5)), after: .seconds(9))
        #expect(client.nextDeadline == .at(28_000))
    }

    @Test func answersTheServersPingAndNothingElse() {
        let client = Client.live()
        #expect(
            client.receive(.request(.string("p"), method: Method.ping, params: ["t": 5]))
                == [.send(generation: 1, .response(.string("p"), result: ["t": 5]))])
        #expect(
            client.receive(.request(.number(9), method: "fs/read_text_file", params: [:])) == [
                .send(
                    generation: 1,
                    .failure(.number(9), RPCError(.methodNotFound, "there is no method 'fs/read_text_file'")))
            ])
    }

    @Test func anOldGenerationIsNotHeard() {
        let client = Client.live()
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        let late: [SyncEvent] = [
            .opened(generation: 1, greeted: false), .received(generation: 1, [Server.frame(chunk(5))]),
            .closed(generation: 1, Closure(code: .superseded, reason: "late")),
            .failed(generation: 1, .untrusted("late")),
        ]
        // While waiting, there is no generation at all; while dialing it is the next one.
        for event in late { #expect(client.handle(event) == []) }
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(4))))
        for event in late { #expect(client.handle(event) == []) }
        _ = client.handle(.opened(generation: 2, greeted: true))
        for event in late { #expect(client.handle(event) == []) }
    }

    @Test func hurryDialsNow() {
        let client = Client.live()
        _ = client.handle(
            .closed(generation: 1, Closure(code: .tryAgainLater, reason: "retry_after_ms=60000")))
        _ = client.handle(.hurry, after: .seconds(1))
        #expect(client.nextDeadline == .at(1_100))
        #expect(client.tick().first == .dial(generation: 2, Client.hello(at: at(4))))
        // An attempt that is being made, and a connection that lives, are left alone.
        #expect(client.handle(.hurry) == [])
        _ = client.handle(.opened(generation: 2, greeted: true))
        #expect(client.handle(.hurry) == [])
    }

    @Test func aResumeIsMeasuredFromBothEnds() {
        let client = Client.live()
        for number in 2...11 {
            let lost = client.now
            _ = client.handle(.closed(generation: number - 1, Closure(code: .goingAway, reason: "retry_after_ms=1")))
            _ = client.tick()
            let begun = client.now
            _ = client.handle(.opened(generation: number, greeted: true), after: .milliseconds(30))
            let effects = client.handle(
                .received(
                    generation: number,
                    [
                        Server.greeting(attached(after: 4, head: 4)),
                        Server.fence(4, events: Int64(number), bytes: 100),
                    ]), after: .milliseconds(5))
            guard case .status(let status)? = effects.last, let resume = status.resumes.last else {
                return #expect(Bool(false), "\(effects)")
            }
            #expect(
                resume
                    == .init(
                        number: number - 1, latency: client.now - begun, opening: .milliseconds(30),
                        detection: resume.detection, offline: client.now - lost, events: Int64(number), bytes: 100,
                        cause: resume.cause))
            #expect(resume.detection == .zero, "the server itself said that it closes")
            #expect(resume.latency == .milliseconds(35))
            #expect(status.resumes.count == min(number - 1, ConnectionStatus.Resume.kept))
            #expect(status.resumes.first?.events == Int64(max(2, number - ConnectionStatus.Resume.kept + 1)))
        }
    }
}
