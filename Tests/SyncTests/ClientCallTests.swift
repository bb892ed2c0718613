import Testing
import Wire

@testable import Sync

/// What agents have an editor do: once, whichever connection asks, and answered once.
@Suite struct ClientCallTests {
    private static let call = ClientCall(key: "c", method: Method.createTerminal, params: ["command": "ls"])

    private func asked(_ id: Int64, _ call: ClientCall = call) -> Message {
        call.request(.number(id), session: Client.session, isPlain: false)
    }

    private func editor() -> Client { Client.live(capabilities: [.terminal, .readTextFile]) }

    private func again(_ client: Client, _ message: Message) -> [SyncEffect] {
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        return client.handle(
            .received(generation: 2, [Server.greeting(attached(after: 4, head: 4)), Server.fence(4), message]))
    }

    @Test func itIsDoneAndAnswered() {
        let client = editor()
        #expect(client.receive(asked(70)) == [.call(Self.call)])
        #expect(
            client.handle(.calledBack("c", .success(["terminalId": "1"])))
                == [.send(generation: 1, .response(.number(70), result: ["terminalId": "1"]))])
        #expect(client.handle(.calledBack("c", .success([:]))) == [], "it is answered once")
    }

    @Test func whatIsAskedAgainIsNotDoneAgain() {
        let client = editor()
        _ = client.receive(asked(70))
        let effects = again(client, asked(3))
        #expect(!effects.contains(.call(Self.call)), "\(effects)")
        #expect(
            client.handle(.calledBack("c", .success([:])))
                == [.send(generation: 2, .response(.number(3), result: [:]))])
    }

    @Test func anAnswerThatTheServerMayNotHaveIsGivenAgain() {
        let client = editor()
        _ = client.receive(asked(70))
        _ = client.handle(.calledBack("c", .success(["terminalId": "1"])))
        let effects = again(client, asked(3))
        #expect(effects.contains(.send(generation: 2, .response(.number(3), result: ["terminalId": "1"]))))
        #expect(!effects.contains(.call(Self.call)))
    }

    @Test func aLongAnswerIsMadeAgain() {
        let client = editor()
        let read = ClientCall(key: "r", method: Method.readTextFile, params: ["path": "/f"])
        _ = client.receive(asked(70, read))
        let text = JSON.string(String(repeating: "x", count: 2_000))
        _ = client.handle(.calledBack("r", .success(["content": text])))
        #expect(again(client, asked(3, read)).contains(.call(read)))
    }

    @Test func whatIsAnsweredOfflineWaitsUntilItIsAskedFor() {
        let client = editor()
        _ = client.receive(asked(70))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "reset")))
        #expect(client.handle(.calledBack("c", .failure(RPCError(.internalError, "no")))) == [])
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true))
        let effects = client.handle(
            .received(generation: 2, [Server.greeting(attached(after: 4, head: 4)), Server.fence(4), asked(3)]))
        #expect(effects.contains(.send(generation: 2, .failure(.number(3), RPCError(.internalError, "no")))))
    }

    @Test func oneThatIsTakenBackIsNotAnswered() {
        let client = editor()
        _ = client.receive(asked(70))
        #expect(
            client.receive(.notification(method: Method.cancelRequest, params: ["requestId": 70])) == [.cancelCall("c")]
        )
        #expect(client.handle(.calledBack("c", .success([:]))) == [])
    }

    @Test func anAnswerThatTheServerDoesNotTakeIsReplaced() {
        let client = editor()
        client.limit(messageBytes: 4_096)
        _ = client.receive(asked(70))
        let effects = client.handle(
            .calledBack("c", .success(["content": .string(String(repeating: "x", count: 5_000))])))
        guard case .send(1, .failure(.number(70), let error))? = effects.first else {
            Issue.record("\(effects)")
            return
        }
        #expect(error.reason == ClientCall.tooLong)
    }

    @Test(arguments: [Method.writeTextFile, Method.createElicitation + "x", "terminal/fly"])
    func whatIsNotOfferedIsRefused(method: String) {
        let client = editor()
        let effects = client.receive(
            asked(5, ClientCall(key: "c", method: method, params: [:])))
        #expect(effects == [.send(generation: 1, .failure(.number(5), .methodNotFound(method)))])
    }

    @Test func oneWithoutAKeyIsRefused() {
        let client = editor()
        let effects = client.receive(.request(.number(5), method: Method.createTerminal, params: ["sessionId": "s"]))
        guard case .send(_, .failure(.number(5), let error))? = effects.first else {
            Issue.record("\(effects)")
            return
        }
        #expect(error.code == .invalidParams)
    }

    @Test func moreThanTheBoundAreRefused() {
        let client = editor()
        for number in 0..<ClientCalls.openMaximum {
            let call = ClientCall(key: RequestKey("c\(number)"), method: Method.createTerminal, params: [:])
            #expect(client.receive(asked(Int64(number), call)) == [.call(call)])
        }
        guard case .send(_, .failure(.number(999), _))? = client.receive(asked(999)).first else {
            Issue.record("one more was taken")
            return
        }
    }
}
