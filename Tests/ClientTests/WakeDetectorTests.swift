import Client
import Testing
import Wire

/// What two clocks tell of sleep, as transcripts: seconds of either clock, and the sleep that is seen.
@Suite struct WakeDetectorTests {
    /// A look, and what comes of it.
    struct Step: Sendable {
        var boot: Double
        var monotonic: Double
        var slept: Double?

        init(_ boot: Double, _ monotonic: Double, _ slept: Double? = nil) {
            (self.boot, self.monotonic, self.slept) = (boot, monotonic, slept)
        }
    }

    private static func look(_ boot: Double, _ monotonic: Double) -> WakeDetector.Look {
        WakeDetector.Look(
            boot: Instant(nanoseconds: Int64(boot * 1e9)), monotonic: Instant(nanoseconds: Int64(monotonic * 1e9)))
    }

    private func run(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
        var detector = WakeDetector(Self.look(100, 40))
        for step in steps {
            let slept = detector.look(Self.look(100 + step.boot, 40 + step.monotonic))
            let wanted = step.slept.map { Duration.milliseconds(Int64($0 * 1_000)) }
            #expect(slept == wanted, "after \(step.boot) s", sourceLocation: sourceLocation)
        }
    }

    @Test func aMachineThatIsAwakeNeverWakes() {
        run((1...100).map { Step(Double($0), Double($0)) })
        run([Step(0.1, 0.1), Step(0.1, 0.1), Step(0.9, 0.9), Step(1.9, 1.9)])
    }

    @Test func aLateLookIsNoSleep() { run([Step(3, 3), Step(6, 6), Step(7, 7)]) }

    @Test func aStoppedProcessIsSeenByTheGap() { run([Step(1, 1), Step(12, 12, 10), Step(13, 13)]) }

    @Test func aSuspendIsSeenByTheDifferenceOfTheClocks() {
        run([Step(1, 1), Step(601.5, 1.5, 600), Step(602.5, 2.5)])
        run([Step(2.5, 0.2, 2.3), Step(3.3, 1)])
    }

    @Test func aShortSuspendIsNone() { run([Step(2, 0.5), Step(3, 1.5)]) }

    @Test func aStoppedProcessOnASuspendedMachineSleptTheLongerTime() { run([Step(31, 11, 30)]) }

    @Test func eachSleepIsToldOnce() { run([Step(11, 11, 10), Step(11, 11), Step(22, 22, 10), Step(23, 23)]) }

    /// The clocks are read one after the other, so their difference trembles.
    @Test func tremblingClocksDoNotSleep() { run([Step(1, 1.0001), Step(2.0001, 2), Step(2.0001, 2.0002)]) }

    @Test func theMachinesClocksAgreeOnAMoment() {
        var detector = WakeDetector.now()
        #expect(detector.look(.now) == nil)
        let look = WakeDetector.Look.now
        #expect(look.monotonic <= look.boot + .milliseconds(1), "a machine cannot have been asleep before it began")
    }
}
