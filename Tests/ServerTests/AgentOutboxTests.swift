import Ledger
import Testing
import Wire

@testable import Server

/// What an agent said on its way to its session: in order, joined, and bounded in bytes.
@Suite struct AgentOutboxTests {
    private static let plan = Entry.Body.update(.plan([]))

    @Test func whatIsSaidInOneTurnIsHandedOverTogether() {
        var outbox = AgentOutbox()
        outbox.emit([Self.plan], in: "a", size: 10)
        for piece in ["Hel", "lo"] { outbox.emit([.said(piece)], in: "a", size: 3) }
        outbox.emit([Self.plan], in: nil, size: 10)
        outbox.add(.finished("a", .stopped(.endTurn)))
        #expect(
            outbox.take() == [
                .appended("a", CorrelationID(rawValue: 1), [Self.plan, .said("Hello")]),
                .appended(nil, CorrelationID(rawValue: 2), [Self.plan]), .finished("a", .stopped(.endTurn)),
            ])
        #expect(outbox.isTaken && outbox.take() == [])
    }

    @Test func nothingIsJoinedAcrossWhatCameBetween() {
        var outbox = AgentOutbox()
        outbox.emit([.said("a")], in: "a", size: 1)
        outbox.add(.flushRequested)
        outbox.emit([.said("b")], in: "a", size: 1)
        #expect(
            outbox.take() == [
                .appended("a", CorrelationID(rawValue: 1), [.said("a")]), .flushRequested,
                .appended("a", CorrelationID(rawValue: 2), [.said("b")]),
            ])
    }

    @Test func aHandOverIsBounded() {
        var outbox = AgentOutbox()
        for _ in 0..<300 { outbox.emit([Self.plan], in: "a", size: 1) }
        let counts = outbox.take().map { event in
            if case .appended(_, _, let bodies) = event { bodies.count } else { 0 }
        }
        #expect(counts == [256, 44])
    }

    @Test func thereIsRoomAgainWhenWhatWasSaidIsDurable() {
        var outbox = AgentOutbox()
        outbox.emit([Self.plan], in: "a", size: AgentOutbox.bytesMaximum - 1)
        #expect(outbox.hasRoom)
        outbox.emit([Self.plan], in: nil, size: 1)
        #expect(!outbox.hasRoom)
        _ = outbox.take()
        #expect(!outbox.hasRoom, "it waits for the disk, not for being taken")
        outbox.release(CorrelationID(rawValue: 2))
        #expect(outbox.hasRoom && !outbox.isDurable)
        #expect(!outbox.isDurable(through: 2) && !outbox.isDurable(through: 1))
        outbox.release(CorrelationID(rawValue: 1))
        outbox.release(CorrelationID(rawValue: 1))
        #expect(outbox.isDurable && outbox.isDurable(through: 2))
    }
}
