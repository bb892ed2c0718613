import Testing
import Wire

@testable import Sync

@Suite struct HeartbeatTests {
    @Test func nothingOutstandingIsNeverDead() {
        var heartbeat = Heartbeat(at: .zero, estimate: .milliseconds(50))
        #expect(heartbeat.deadAt == nil)
        heartbeat.received(at: .at(90_000))
        #expect(heartbeat.deadAt == nil)
        #expect(heartbeat.pingDue(isBusy: false) == .at(20_000))
        #expect(heartbeat.pingDue(isBusy: true) == .at(91_000))
    }

    @Test(arguments: [
        (Duration.zero, Duration.seconds(3)), (.milliseconds(50), .seconds(3)), (.milliseconds(750), .seconds(3)),
        (.milliseconds(751), .milliseconds(3_004)), (.seconds(2), .seconds(8)),
    ])
    func timeoutIsFourRoundTripsAndAtLeastThreeSeconds(roundTrip: Duration, timeout: Duration) {
        var heartbeat = Heartbeat(at: .zero, estimate: roundTrip)
        heartbeat.sentPing(at: .at(1_000))
        #expect(heartbeat.deadAt == .at(1_000) + timeout)
    }

    @Test func anyFrameIsLifeAndTheClockNeverGoesBack() {
        var heartbeat = Heartbeat(at: .zero)
        heartbeat.sentPing(at: .at(1_000))
        heartbeat.received(at: .at(2_500))
        #expect(heartbeat.deadAt == .at(5_500))
        heartbeat.received(at: .at(2_000))
        #expect(heartbeat.deadAt == .at(5_500))
    }

    @Test func aSecondPingDoesNotExcuseTheFirst() {
        var heartbeat = Heartbeat(at: .zero)
        heartbeat.sentPing(at: .at(1_000))
        heartbeat.sentPing(at: .at(2_000))
        #expect(heartbeat.deadAt == .at(4_000))
        #expect(heartbeat.pingDue(isBusy: true) == .at(3_000))
    }

    @Test func roundTripsAreSmoothedByAnEighth() {
        var heartbeat = Heartbeat(at: .zero)
        heartbeat.sentPing(at: .at(1_000))
        heartbeat.receivedPong(at: .at(1_080))
        #expect(heartbeat.roundTrip == .milliseconds(80))
        #expect(heartbeat.deadAt == nil)
        heartbeat.sentPing(at: .at(2_000))
        heartbeat.receivedPong(at: .at(2_160))
        #expect(heartbeat.roundTrip == .milliseconds(90))
        // What a connection took to open is no round trip, and is not mixed with one.
        #expect(Heartbeat(at: .zero, estimate: .seconds(9)).roundTrip == nil)
        // An answer to nothing measures nothing.
        heartbeat.receivedPong(at: .at(9_000))
        #expect(heartbeat.roundTrip == .milliseconds(90))
    }

    @Test func oneThatIsAskedForIsDueAtOnce() {
        var heartbeat = Heartbeat(at: .at(100))
        heartbeat.received(at: .at(4_000))
        heartbeat.ask()
        #expect(heartbeat.pingDue(isBusy: false) == .at(100) && heartbeat.pingDue(isBusy: true) == .at(100))
        heartbeat.sentPing(at: .at(4_000))
        #expect(heartbeat.pingDue(isBusy: false) == .at(24_000))
    }
}
