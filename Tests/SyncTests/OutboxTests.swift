import Testing
import Wire

@testable import Sync

/// Which prompts go out, and what becomes of each. The outbox holds `a`, which is in the state that a test is about.
@Suite struct OutboxTests {
    enum Stage: CaseIterable { case pending, sentBefore, sent, refused }

    private static func outbox(_ stage: Stage) -> Outbox {
        var outbox = Outbox([item("a")])
        guard stage != .pending else { return outbox }
        var requests = PendingRequests()
        #expect(outbox.take(for: Client.session, as: &requests)?.map { $0.id } == ["a"])
        if stage == .sentBefore { outbox.connectionLost() }
        if stage == .refused { outbox.refuse(["a"], "no") }
        return outbox
    }

    private static func item(_ stage: Stage) -> OutboxItem {
        switch stage {
        case .pending: item("a")
        case .sentBefore: item("a", wasSent: true)
        case .sent: item("a", state: .sent, wasSent: true)
        case .refused: item("a", state: .refused("no"), wasSent: true)
        }
    }

    private static func item(
        _ id: ClientMessageID, state: OutboxItem.State = .pending, wasSent: Bool = false
    ) -> OutboxItem {
        OutboxItem(id: id, content: [.text("\(id)?")], createdAt: 7, state: state, wasSent: wasSent)
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        let outbox = Self.outbox(stage)
        #expect(outbox.items == [Self.item(stage)])
        #expect(outbox.isUnconfirmed == (stage == .sent))
        #expect(outbox.awaitsTurn == (stage == .sent || stage == .sentBefore))
        #expect(outbox.retryAt == nil)
    }

    @Test(arguments: Stage.allCases) func goesOutOncePerConnection(_ stage: Stage) {
        var outbox = Self.outbox(stage)
        var requests = PendingRequests()
        let prompt = ClientRequest.Prompt(session: "s", content: [.text("a?")], clientMessageID: "a")
        let taken = outbox.take(for: "s", as: &requests)
        if stage == .pending || stage == .sentBefore {
            #expect(taken?.map { $0.id } == ["a"])
            #expect(
                taken?.map { $0.message } == [.request(.number(1), method: Method.prompt, params: prompt.json)])
            #expect(requests.answered(.number(1)) == .prompt("a"))
            #expect(outbox.items == [Self.item(.sent)])
        } else {
            #expect(taken == nil && outbox.items == [Self.item(stage)])
        }
        #expect(outbox.take(for: "s", as: &requests) == nil)
    }

    @Test(arguments: Stage.allCases) func isPendingAgainWithoutItsConnection(_ stage: Stage) {
        var outbox = Self.outbox(stage)
        outbox.connectionLost()
        #expect(outbox.items == [stage == .sent ? Self.item(.sentBefore) : Self.item(stage)])
    }

    private static func error(_ reason: String?, retryAfter: Int64? = nil) -> RPCError {
        let belay = JSON.object(of: [
            "reason": reason.map { .string($0) }, "retryAfterMs": retryAfter.map { .integer($0) },
        ])
        return RPCError(.internalError, "no", data: ["belay": belay])
    }

    @Test func aTemporaryRefusalHoldsAllPromptsUp() {
        for (error, retryAt) in [
            (Self.error("disk_full"), Instant.at(3_000)), (Self.error(nil), .at(3_000)),
            (Self.error("quota", retryAfter: 500), .at(1_500)),
        ] {
            var outbox = Self.outbox(.sent)
            #expect(outbox.failed("a", error, at: .at(1_000)) == true)
            #expect(outbox.items == [Self.item(.sentBefore)] && outbox.retryAt == retryAt)
            outbox.add(Self.item("b"))
            var requests = PendingRequests()
            outbox.advance(to: retryAt + .milliseconds(-1))
            #expect(outbox.take(for: "s", as: &requests) == nil)
            outbox.connectionLost()
            #expect(outbox.retryAt == retryAt, "the next connection leads to the same disk")
            outbox.advance(to: retryAt)
            #expect(outbox.take(for: "s", as: &requests)?.map { $0.id } == ["a", "b"])
        }
    }

    @Test func aFinalRefusalStaysWithItsReason() {
        var outbox = Self.outbox(.sent)
        #expect(outbox.failed("a", Self.error("quota"), at: .zero) == false)
        #expect(outbox.items == [Self.item(.refused)] && outbox.retryAt == nil)
    }

    @Test func aTurnThatFailedIsNoRefusal() {
        var outbox = Self.outbox(.sent)
        #expect(outbox.failed("a", Self.error("turn_failed"), at: .zero) == false)
        #expect(outbox.items == [Self.item(.sent)] && outbox.retryAt == nil)
    }

    @Test func whatTheServerCannotTakeIsRefusedAndNotSent() {
        var outbox = Self.outbox(.pending)
        outbox.messageBytesMaximum = 10
        var requests = PendingRequests()
        #expect(outbox.take(for: "s", as: &requests)?.isEmpty == true)
        guard case .refused(let reason)? = outbox.items.first?.state else {
            Issue.record("\(outbox.items)")
            return
        }
        #expect(reason.hasPrefix("the server takes messages of at most 10 bytes"))
        #expect(outbox.items.map(\.wasSent) == [false], "the server cannot have it")
        #expect(requests.nextID == .number(1))
        #expect(outbox.take(for: "s", as: &requests) == nil)
    }

    @Test func atMostSixteenAreInFlight() {
        let ids = (1...20).map { ClientMessageID("\($0)") }
        var outbox = Outbox(ids.map { Self.item($0) })
        var requests = PendingRequests()
        #expect(outbox.take(for: "s", as: &requests)?.map { $0.id } == Array(ids[..<16]))
        #expect(outbox.take(for: "s", as: &requests) == nil)
        outbox.remove("3")
        #expect(outbox.take(for: "s", as: &requests)?.map { $0.id } == ["17"])
    }
}
