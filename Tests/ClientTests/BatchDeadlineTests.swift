import Glibc
import Testing

@testable import Client

/// When the watchdog ends a run: signals and `--timeout`, before and after the run has begun.
@Suite struct BatchDeadlineTests {
    private static let second: Int64 = 1_000_000_000

    @Test(arguments: BatchSignals.all) func aSignalBeforeTheRunEndsItAtOnce(number: Int32) {
        var deadline = BatchDeadline()
        #expect(deadline.next(hasRun: false) == nil)
        deadline.received(number, at: 7, hasRun: false)
        #expect(deadline.next(hasRun: false)?.at == 7)
        #expect(deadline.next(hasRun: false)?.cause == .signal(number))
    }

    @Test(arguments: BatchSignals.all) func aRunThatHandlesASignalHasTimeToEnd(number: Int32) {
        var deadline = BatchDeadline()
        deadline.received(number, at: 0, hasRun: true)
        #expect(deadline.next(hasRun: true)?.at == (number == SIGINT ? 3 : 1) * Self.second)
        // A second signal shortens what is left, and never lengthens it.
        deadline.received(SIGINT, at: Self.second / 2, hasRun: true)
        #expect(deadline.next(hasRun: true)?.at == (number == SIGINT ? 3 * Self.second / 2 : Self.second))
        #expect(deadline.next(hasRun: true)?.cause == .signal(SIGINT))
    }

    @Test func aTimeoutHasAGraceOnlyForARunThatHasBegun() {
        var deadline = BatchDeadline()
        deadline.timeoutAt = 5 * Self.second
        #expect(deadline.next(hasRun: false)?.at == 5 * Self.second)
        #expect(deadline.next(hasRun: true)?.at == 6 * Self.second)
        #expect(deadline.next(hasRun: true)?.cause == .timeout)
        deadline.received(SIGTERM, at: 5 * Self.second, hasRun: true)
        #expect(deadline.next(hasRun: true)?.cause == .signal(SIGTERM), "what comes first, and of two the signal")
    }
}
