import Testing
import Wire

@testable import Sync

/// Each state of ``GapFill`` and what each event makes of it. A pause began at 1,000 ms and ends at 4,000 ms.
@Suite struct GapFillTests {
    enum Stage: CaseIterable { case idle, asked, cancelling, paused, refused }

    private static let gaps: [ClosedRange<Seq>] = [5...9, 20...29]

    private static func fill(_ stage: Stage) -> GapFill {
        var fill = GapFill()
        if stage != .idle { #expect(fill.next(of: gaps) == 20...29) }
        if stage == .cancelling { _ = fill.want(before: 7, of: gaps) }
        if stage == .paused { fill.failed(.notNow(after: .seconds(3)), at: .at(1_000)) }
        if stage == .refused { fill.failed(.no, at: .at(1_000)) }
        return fill
    }

    private static func state(_ stage: Stage) -> GapFill.State {
        switch stage {
        case .idle: .idle
        case .asked: .asked(20...29)
        case .cancelling: .cancelling
        case .paused: .paused(until: .at(4_000))
        case .refused: .refused
        }
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        #expect(Self.fill(stage).state == Self.state(stage))
        #expect(Self.fill(stage).retryAt == (stage == .paused ? .at(4_000) : nil))
    }

    @Test(arguments: Stage.allCases) func asksWhenNothingIsInFlight(_ stage: Stage) {
        var fill = Self.fill(stage)
        #expect(fill.next(of: Self.gaps) == (stage == .idle ? 20...29 : nil))
        #expect(fill.state == (stage == .idle ? .asked(20...29) : Self.state(stage)))
    }

    @Test func withoutAGapNothingIsAsked() {
        var fill = GapFill()
        #expect(fill.next(of: []) == nil)
        #expect(fill.state == .idle)
    }

    /// Where the user reads, and which gap is next. Before entries 5 and 1 nothing is lacking.
    private static let readers: [(wanted: Seq?, gap: ClosedRange<Seq>)] = [
        (nil, 20...29), (30, 20...29), (21, 20...29), (20, 5...9), (15, 5...9), (6, 5...9), (5, 20...29), (1, 20...29),
    ]

    @Test(arguments: readers)
    func theGapBeforeTheReaderComesFirst(wanted: Seq?, gap: ClosedRange<Seq>) {
        var fill = GapFill()
        if let wanted { _ = fill.want(before: wanted, of: Self.gaps) }
        #expect(fill.next(of: Self.gaps) == gap)
        fill.connectionLost()
        #expect(fill.next(of: Self.gaps) == gap, "the user reads there, whatever the connection does")
    }

    @Test(arguments: [Stage.asked, .cancelling]) func anAnswerMakesRoomForTheNextRequest(_ stage: Stage) {
        var fill = Self.fill(stage)
        fill.answered()
        #expect(fill.state == .idle)
    }

    /// Where the user reads while the newer gap is fetched, and whether that is cancelled. Meanwhile its end has arrived.
    @Test(arguments: [(Seq(30), false), (21, false), (20, true), (6, true), (5, false)])
    func whatIsFetchedElsewhereIsCancelled(wanted: Seq, isCancelled: Bool) {
        var fill = Self.fill(.asked)
        let answers = [0, 1].map { _ in fill.want(before: wanted, of: [5...9, 20...24]) }
        #expect(answers == [isCancelled, false], "once")
        #expect(fill.state == (isCancelled ? .cancelling : .asked(20...29)))
    }

    @Test(arguments: Stage.allCases) func onlyARequestInFlightIsCancelled(_ stage: Stage) {
        var fill = Self.fill(stage)
        let isCancelled = fill.want(before: 7, of: Self.gaps)
        #expect(isCancelled == (stage == .asked))
        #expect(fill.wanted == 7)
    }

    @Test(arguments: [RPCError.Verdict.no, .notNow(after: .milliseconds(10)), .notNow(after: nil)])
    func whatWasCancelledFailsWithoutAnEnd(verdict: RPCError.Verdict) {
        var fill = Self.fill(.cancelling)
        fill.failed(verdict, at: .at(1_000))
        #expect(fill.next(of: Self.gaps) == 5...9)
    }

    @Test(arguments: [
        (RPCError.Verdict.no, GapFill.State.refused), (.notNow(after: .milliseconds(10)), .paused(until: .at(1_010))),
        (.notNow(after: nil), .paused(until: .at(6_000))),
    ])
    func aFailureSaysWhenToAskAgain(verdict: RPCError.Verdict, state: GapFill.State) {
        var fill = Self.fill(.asked)
        fill.failed(verdict, at: .at(1_000))
        #expect(fill.state == state)
    }

    @Test(arguments: Stage.allCases) func onlyAPauseEndsWithTime(_ stage: Stage) {
        var fill = Self.fill(stage)
        fill.advance(to: .at(3_999))
        #expect(fill.state == Self.state(stage))
        fill.advance(to: .at(4_000))
        #expect(fill.state == (stage == .paused ? .idle : Self.state(stage)))
    }

    @Test(arguments: Stage.allCases) func theNextConnectionIsAskedAnew(_ stage: Stage) {
        var fill = Self.fill(stage)
        fill.connectionLost()
        #expect(fill.state == .idle)
    }
}
