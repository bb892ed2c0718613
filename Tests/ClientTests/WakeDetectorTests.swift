import Client
import Testing
import Wire

/// What two clocks tell of sleep, as transcripts: seconds of either clock, and the sleep that is seen.
@Suite struct WakeDetectorTests {
    /// A look, when it was due, and what comes of it.
    struct Step: Sendable {
        var boot: Double
        var monotonic: Double
        var due: Double?
        var slept: Double?

        init(_ boot: Double, _ monotonic: Double, due: Double? = nil, _ slept: Double? = nil) {
            (self.boot, self.monotonic, self.due, self.slept) = (boot, monotonic, due, slept)
        }
    }

    private static func instant(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private func run(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
        var detector = WakeDetector(WakeDetector.Look(boot: Self.instant(100), monotonic: Self.instant(40)))
        for step in steps {
            let look = WakeDetector.Look(
                boot: Self.instant(100 + step.boot), monotonic: Self.instant(40 + step.monotonic))
            let slept = detector.look(look, due: step.due.map { Self.instant(100 + $0) })
            let wanted = step.slept.map { Duration.milliseconds(Int64($0 * 1_000)) }
            #expect(slept == wanted, "after \(step.boot) s", sourceLocation: sourceLocation)
        }
    }

    @Test func aMachineThatIsAwakeNeverWakes() {
        run((1...100).map { Step(Double($0), Double($0), due: Double($0)) })
        run([Step(0.1, 0.1), Step(0.1, 0.1), Step(0.9, 0.9), Step(1.9, 1.9)])
    }

    @Test func silenceIsNoSleep() { run([Step(19, 19), Step(39, 39, due: 39), Step(3_639, 3_639)]) }

    @Test func aLateLookIsNoSleep() { run([Step(3, 3, due: 1), Step(6, 6, due: 4.5), Step(7, 7, due: 6)]) }

    @Test func aStoppedProcessIsSeenByTheLateLook() { run([Step(1, 1), Step(12, 12, due: 2, 11), Step(13, 13)]) }

    @Test func aProcessThatWasStoppedBeforeAnythingWasDueMissedNothing() { run([Step(1, 1), Step(12, 12, due: 20)]) }

    @Test func aSuspendIsSeenByTheDifferenceOfTheClocks() {
        run([Step(1, 1), Step(601.5, 1.5, due: 20, 600), Step(602.5, 2.5)])
        run([Step(2.5, 0.2, 2.3), Step(3.3, 1)])
    }

    @Test func aShortSuspendIsNone() { run([Step(2, 0.5), Step(3, 1.5)]) }

    @Test func aStoppedProcessOnASuspendedMachineSleptTheLongerTime() { run([Step(31, 11, due: 1, 31)]) }

    @Test func eachSleepIsToldOnce() {
        run([Step(11, 11, due: 1, 11), Step(11, 11), Step(22, 22, due: 12, 11), Step(23, 23)])
    }

    /// The clocks are read one after the other, so their difference trembles.
    @Test func tremblingClocksDoNotSleep() { run([Step(1, 1.0001), Step(2.0001, 2), Step(2.0001, 2.0002)]) }

    @Test func theMachinesClocksAgreeOnAMoment() {
        var detector = WakeDetector.now()
        #expect(detector.look(.now, due: nil) == nil)
        let look = WakeDetector.Look.now
        #expect(look.monotonic <= look.boot + .milliseconds(1), "a machine cannot have been asleep before it began")
    }
}
