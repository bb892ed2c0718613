import Testing
import Wire

@testable import Sync

@Suite struct HeartbeatTests {
    @Test func nothingOutstandingIsNeverDead() {
        var heartbeat = Heartbeat(at: .zero, roundTrip: .milliseconds(50))
        #expect(heartbeat.deadAt == nil)
        heartbeat.received(at: .at(90_000))
        #expect(heartbeat.deadAt == nil)
        #expect(heartbeat.pingDue(isBusy: false) == .at(20_000))
        #expect(heartbeat.pingDue(isBusy: true) == .at(91_000))
    }

    @Test(arguments: [
        (Duration?.none, Duration.seconds(3)), (.milliseconds(50), .seconds(3)), (.milliseconds(750), .seconds(3)),
        (.milliseconds(751), .milliseconds(3_004)), (.seconds(2), .seconds(8)),
    ])
    func patienceIsFourRoundTripsAndAtLeastThreeSeconds(roundTrip: Duration?, patience: Duration) {
        var heartbeat = Heartbeat(at: .zero, roundTrip: roundTrip)
        heartbeat.sentPing(at: .at(1_000))
        #expect(heartbeat.deadAt == .at(1_000) + patience)
    }

    @Test func anyFrameIsLifeAndTheClockNeverGoesBack() {
        var heartbeat = Heartbeat(at: .zero, roundTrip: nil)
        heartbeat.sentPing(at: .at(1_000))
        heartbeat.received(at: .at(2_500))
        #expect(heartbeat.deadAt == .at(5_500))
        heartbeat.received(at: .at(2_000))
        #expect(heartbeat.deadAt == .at(5_500))
    }

    @Test func aSecondPingDoesNotExcuseTheFirst() {
        var heartbeat = Heartbeat(at: .zero, roundTrip: nil)
        heartbeat.sentPing(at: .at(1_000))
        heartbeat.sentPing(at: .at(2_000))
        #expect(heartbeat.deadAt == .at(4_000))
        #expect(heartbeat.pingDue(isBusy: true) == .at(3_000))
    }

    @Test func roundTripsAreSmoothedByAnEighth() {
        var heartbeat = Heartbeat(at: .zero, roundTrip: nil)
        heartbeat.sentPing(at: .at(1_000))
        heartbeat.receivedPong(at: .at(1_080))
        #expect(heartbeat.roundTrip == .milliseconds(80))
        #expect(heartbeat.deadAt == nil)
        heartbeat.sentPing(at: .at(2_000))
        heartbeat.receivedPong(at: .at(2_160))
        #expect(heartbeat.roundTrip == .milliseconds(90))
        // An answer to nothing measures nothing.
        heartbeat.receivedPong(at: .at(9_000))
        #expect(heartbeat.roundTrip == .milliseconds(90))
    }
}
