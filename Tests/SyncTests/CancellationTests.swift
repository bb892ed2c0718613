import Testing
import Wire

@testable import Sync

/// Each state of ``Cancellation`` and what each event makes of it. The turn to stop is `one`.
@Suite struct CancellationTests {
    private static let targets: [Cancellation.Target] = [.turn("one"), .nextTurn]
    private static let states: [Cancellation.State] =
        [.none] + targets.map { .wanted($0) } + targets.map { .sent($0) }

    private static func cancellation(_ state: Cancellation.State) -> Cancellation {
        var cancellation = Cancellation()
        switch state {
        case .none: break
        case .wanted(let target), .sent(let target):
            let turn: TurnID? = target == .turn("one") ? "one" : nil
            cancellation.want(running: turn, isAwaited: true)
            if case .sent = state { #expect(cancellation.next(running: turn) == target) }
        }
        return cancellation
    }

    @Test(arguments: states) func isWhatItIsBuiltTo(_ state: Cancellation.State) {
        #expect(Self.cancellation(state).state == state)
    }

    @Test(arguments: states) func theUserMayAskAgain(_ state: Cancellation.State) {
        for (running, isAwaited, wanted) in [
            (TurnID?("two"), false, Cancellation.State.wanted(.turn("two"))), ("two", true, .wanted(.turn("two"))),
            (nil, true, .wanted(.nextTurn)), (nil, false, .none),
        ] {
            var cancellation = Self.cancellation(state)
            cancellation.want(running: running, isAwaited: isAwaited)
            #expect(cancellation.state == wanted)
        }
    }

    /// What goes out, and which state follows, when the connection is live and this turn runs.
    private static let sending: [(state: Cancellation.State, running: TurnID?, target: Cancellation.Target?)] = [
        (.none, nil, nil), (.none, "one", nil), (.none, "two", nil),
        (.wanted(.turn("one")), nil, nil), (.wanted(.turn("one")), "one", .turn("one")),
        (.wanted(.turn("one")), "two", nil),
        (.sent(.turn("one")), nil, nil), (.sent(.turn("one")), "two", nil),
        (.wanted(.nextTurn), nil, .nextTurn), (.wanted(.nextTurn), "one", .turn("one")),
        // What was sent may have come before its prompt, so the turn that begins is named.
        (.sent(.nextTurn), "two", .turn("two")),
    ]

    @Test(arguments: sending)
    func goesOutOnceWhileItsTurnMayRun(
        state: Cancellation.State, running: TurnID?, target: Cancellation.Target?
    ) {
        var cancellation = Self.cancellation(state)
        #expect(cancellation.next(running: running) == target)
        #expect(cancellation.state == target.map { .sent($0) } ?? .none)
        #expect(cancellation.next(running: running) == nil)
    }

    @Test(arguments: [(Cancellation.Target.turn("one"), TurnID?("one")), (.nextTurn, nil)])
    func whatWasSentIsKeptUntilItsTurnHasEnded(_ target: Cancellation.Target, running: TurnID?) {
        var cancellation = Self.cancellation(.sent(target))
        #expect(cancellation.next(running: running) == nil)
        #expect(cancellation.state == .sent(target))
    }

    @Test(arguments: states) func isSaidAgainOnTheNextConnection(_ state: Cancellation.State) {
        var cancellation = Self.cancellation(state)
        cancellation.connectionLost()
        if case .sent(let target) = state {
            #expect(cancellation.state == .wanted(target))
        } else {
            #expect(cancellation.state == state)
        }
    }

    @Test(arguments: states) func aTurnThatIsNotToComeIsNotStopped(_ state: Cancellation.State) {
        var cancellation = Self.cancellation(state)
        cancellation.endNextTurn()
        #expect(cancellation.state == ([.wanted(.nextTurn), .sent(.nextTurn)].contains(state) ? .none : state))
    }
}
