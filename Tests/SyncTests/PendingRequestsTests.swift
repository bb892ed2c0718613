import Testing
import Wire

@testable import Sync

/// An answer finds the request that it is for, once.
@Suite struct PendingRequestsTests {
    private static let fill = FillRequest(session: Client.session, epoch: Client.epoch, range: 5...9)
    private static let kinds: [PendingRequests.Kind] = [.initialize, .newSession, .ping, .fill(fill), .prompt("a")]

    @Test(arguments: kinds) func isAnsweredOnce(_ kind: PendingRequests.Kind) {
        var requests = PendingRequests()
        let id = requests.add(kind)
        #expect(requests.answered(.string("another")) == nil)
        #expect(requests.answered(id) == kind)
        #expect(requests.answered(id) == nil)
    }

    @Test(arguments: kinds) func isForgottenWithItsConnection(_ kind: PendingRequests.Kind) {
        var requests = PendingRequests()
        let id = requests.add(kind)
        requests.connectionLost()
        #expect(requests.answered(id) == nil)
        #expect(!requests.isCreatingSession)
        // A late answer must not be taken for that of a later request; `initialize` is the first of each connection.
        #expect((requests.add(kind) == id) == (kind == .initialize))
    }

    @Test(arguments: kinds) func saysWhetherASessionIsBeingCreated(_ kind: PendingRequests.Kind) {
        var requests = PendingRequests()
        #expect(!requests.isCreatingSession)
        let id = requests.add(kind)
        #expect(requests.isCreatingSession == (kind == .newSession))
        _ = requests.answered(id)
        #expect(!requests.isCreatingSession)
    }

    @Test func pingsHaveNumbersOfTheirOwn() {
        var requests = PendingRequests()
        #expect(requests.add(.initialize) == .number(0))
        #expect(requests.nextID == .number(1))
        #expect(requests.add(.newSession) == .number(1))
        #expect(requests.add(.ping) == .string("ping-1"))
        #expect(requests.add(.ping) == .string("ping-2"))
        #expect(requests.nextID == .number(2))
        #expect(requests.add(.prompt("a")) == .number(2))
        #expect(requests.add(.fill(Self.fill)) == .number(3))
    }
}
