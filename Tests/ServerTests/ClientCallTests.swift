import Agents
import Ledger
import Testing
import Wire

@testable import Server

/// The methods of clients that agents call: who does them, and what becomes of them when a client goes away.
@Suite struct ClientCallTests {
    private static let editor = ClientPeer("editor")
    private static let other = ClientPeer("other")
    private let read = ClientCall(key: "r", method: Method.readTextFile, params: ["path": "/f"])
    private let run = ClientCall(key: "t", method: Method.createTerminal, params: ["command": "ls"])
    private let one = ConnectionID(rawValue: 1)
    private let two = ConnectionID(rawValue: 2)
    private let start = Instant.zero

    private func attached() -> ClientCalls {
        var calls = ClientCalls()
        _ = calls.attached(Self.editor, offering: [.readTextFile, .terminal], on: one)
        return calls
    }

    @Test func withoutAClientThatOffersItNobodyDoes() {
        var calls = ClientCalls()
        #expect(calls.call(read, 1, of: nil) == [.finish(1, .nobody)])
        _ = calls.attached(Self.editor, offering: [.terminal], on: one)
        #expect(calls.call(read, 2, of: nil) == [.finish(2, .nobody)])
        #expect(calls.call(read, 3, of: Self.other) == [.finish(3, .gone)])
        let odd = ClientCall(key: "o", method: "session/prompt", params: [:])
        #expect(calls.call(odd, 4, of: nil) == [.finish(4, .refused(.methodNotFound("session/prompt")))])
    }

    @Test func theOneThatAttachedLastDoesItAndAnswersOnce() {
        var calls = attached()
        _ = calls.attached(Self.other, offering: [.readTextFile], on: two)
        #expect(calls.call(read, 1, of: nil) == [.send(read, 1, on: two)])
        #expect(calls.call(run, 2, of: nil) == [.send(run, 2, on: one)])
        #expect(calls.answered(1, on: one, .success([:])) == [], "it was not asked")
        #expect(
            calls.answered(1, on: two, .success(["content": "x"])) == [
                .finish(1, .done(["content": "x"], by: Self.other))
            ])
        #expect(calls.answered(1, on: two, .success([:])) == [])
        let error = RPCError(.internalError, "no")
        #expect(calls.answered(2, on: one, .failure(error)) == [.finish(2, .refused(error))])
    }

    @Test func oneThatComesBackIsAskedAgain() {
        var calls = attached()
        _ = calls.call(run, 1, of: nil)
        #expect(calls.detached(one, returns: true, at: start) == [])
        #expect(calls.call(read, 2, of: nil) == [], "it is waited for")
        #expect(
            calls.attached(Self.editor, offering: [.readTextFile, .terminal], on: two)
                == [.send(run, 1, on: two), .send(read, 2, on: two)])
        #expect(calls.nextDeadline == nil)
    }

    @Test func aConnectionThatTakesOverIsAskedAgainAndTheEndOfTheOldOneIsNothing() {
        var calls = attached()
        _ = calls.call(run, 1, of: nil)
        #expect(calls.attached(Self.editor, offering: [.terminal], on: two) == [.send(run, 1, on: two)])
        #expect(calls.detached(one, returns: true, at: start) == [])
        #expect(calls.attached(Self.editor, offering: [.terminal], on: two) == [], "it has it already")
        #expect(calls.answered(1, on: two, .success([:])) == [.finish(1, .done([:], by: Self.editor))])
    }

    @Test func oneThatStaysAwayIsGone() {
        var calls = attached()
        _ = calls.call(run, 1, of: nil)
        _ = calls.detached(one, returns: true, at: start)
        let deadline = start + ClientCalls.returnMaximum
        #expect(calls.nextDeadline == deadline)
        #expect(calls.advance(to: start + .seconds(1)) == [])
        #expect(calls.advance(to: deadline) == [.finish(1, .gone)])
        #expect(calls.call(read, 2, of: nil) == [.finish(2, .nobody)])
        #expect(calls.call(run, 3, of: Self.editor) == [.finish(3, .gone)])
    }

    @Test func oneThatLeavesIsGoneAtOnce() {
        var calls = attached()
        _ = calls.call(run, 1, of: nil)
        #expect(calls.detached(one, returns: false, at: start) == [.finish(1, .gone)])
        #expect(calls.nextDeadline == nil)
    }

    @Test func anAgentThatDoesNotWaitTakesItBack() {
        var calls = attached()
        _ = calls.call(run, 1, of: nil)
        #expect(calls.cancelled(1) == [.finish(1, .gone), .withdraw(1, on: one)])
        #expect(calls.cancelled(1) == [])
        #expect(calls.answered(1, on: one, .success([:])) == [])
    }

    @Test func whatWaitsIsBounded() {
        var calls = attached()
        for number in 0..<ClientCalls.countMaximum { _ = calls.call(run, ClientCalls.Number(number), of: nil) }
        guard case .finish(999, .refused)? = calls.call(run, 999, of: nil).first else {
            Issue.record("one more was taken")
            return
        }
        calls = attached()
        let half = JSON.string(String(repeating: "x", count: ClientCalls.bytesMaximum / 2))
        let large = ClientCall(key: "w", method: Method.readTextFile, params: ["path": half])
        #expect(calls.call(large, 1, of: nil) == [.send(large, 1, on: one)])
        guard case .finish(2, .refused)? = calls.call(large, 2, of: nil).first else {
            Issue.record("one more was taken")
            return
        }
    }

    @Test func theEndOfTheSessionEndsAll() {
        var calls = attached()
        _ = calls.call(run, 1, of: nil)
        #expect(calls.endAll() == [.finish(1, .gone)])
    }
}
