import Testing
import Wire

/// What a failure of a store is called, here and to peers, and whether it may be tried again.
@Suite struct StoreErrorTests {
    private static let obstacles: [StoreError.Obstacle] = [
        .ownedElsewhere("s", by: "node-7"), .ownedElsewhere("s", by: nil), .deadline,
        .unreachable("the database at db.internal does not answer"),
    ]

    @Test(arguments: obstacles) func whatStandsInTheWayForAWhileIsTriedAgain(_ obstacle: StoreError.Obstacle) {
        let error = StoreError.notNow(obstacle, retryAfter: .milliseconds(250))
        #expect(error.retryAfter == .milliseconds(250) && !error.isDamage && error.reason == "unavailable")
        #expect(error.description == "\(obstacle): try again in 250 ms")
        if case .ownedElsewhere = obstacle { #expect(error.isOwnedElsewhere) } else { #expect(!error.isOwnedElsewhere) }
        #expect(error.remoteDescription.hasSuffix("try again"))
        for secret in ["node-7", "db.internal"] { #expect(!error.remoteDescription.contains(secret)) }
        #expect(error.rpcError().verdict == .notNow(after: .milliseconds(250)))
        #expect(error.rpcError().message == error.remoteDescription)
        #expect(error.rpcError("no: \(error.remoteDescription)").message.hasPrefix("no: "))
    }

    @Test func otherFailuresSayNoDelay() {
        for error in [StoreError.full("/disk"), .corrupt("/file"), .damaged("s", "it"), .failed("no")] {
            #expect(error.retryAfter == nil)
            #expect(error.rpcError() == RPCError(.internalError, error.remoteDescription, reason: error.reason))
        }
    }

    @Test func aDeadlinePassesAtItsInstant() {
        let instant = Instant(nanoseconds: 5)
        let deadline = Deadline(instant)
        #expect(!deadline.hasPassed(at: Instant(nanoseconds: 4)))
        #expect(deadline.hasPassed(at: instant) && deadline.hasPassed(at: instant + .seconds(1)))
        #expect(!Deadline.never.hasPassed(at: Instant(nanoseconds: .max - 1)))
        #expect(StoreError.late.retryAfter == StoreError.Obstacle.retryDefault)
    }
}
