import Testing
import Wire

@testable import Sync

/// A chat that begins as a copy of another one.
@Suite struct ForkTests {
    private static let fork = SyncEngine.Configuration.Fork(session: "source", title: "t (fork)")

    private func greeted() -> Client {
        let client = Client(fork: Self.fork)
        _ = client.tick()
        _ = client.handle(.opened(generation: 1, greeted: true), after: .milliseconds(100))
        return client
    }

    @Test func theServerIsAskedForACopyUnderTheChatsKey() {
        let client = greeted()
        let request = ForkRequest(session: "source", clientSessionKey: "key", title: "t (fork)")
        #expect(
            client.receive(Server.greeting(nil)) == [
                .send(generation: 1, .request(.number(1), method: Method.fork, params: request.json))
            ])
        let result: JSON = [
            "sessionId": .string(Client.session.rawValue), "_meta": ["belay": attached(after: 0, head: 3).json],
        ]
        #expect(
            client.receive(.response(.number(1), result: result))
                == [.store([.adopt(Client.session, Client.epoch)])])
        #expect(client.session == Client.session)
    }

    @Test func itIsAskedAgainAfterADrop() {
        let client = greeted()
        _ = client.receive(Server.greeting(nil))
        _ = client.handle(.closed(generation: 1, Closure(code: nil, reason: "")))
        _ = client.tick()
        _ = client.handle(.opened(generation: 2, greeted: true), after: .milliseconds(100))
        let effects = client.handle(.received(generation: 2, [Server.greeting(nil)]))
        #expect(
            effects.contains { effect in
                if case .send(2, .request(_, Method.fork, let params)) = effect {
                    params["clientSessionKey"] == "key"
                } else {
                    false
                }
            })
    }

    @Test(arguments: [
        (RPCError.methodNotFound(Method.fork), "older than this belay"),
        (RPCError(.resourceNotFound, "there is no session source", reason: "unknown_session"), "not at the server"),
    ])
    func aServerThatCannotSaysSoOnce(_ error: RPCError, _ words: String) {
        let client = greeted()
        _ = client.receive(Server.greeting(nil))
        let effects = client.receive(.failure(.number(1), error))
        #expect(
            effects.contains { effect in
                if case .stopped(let cause) = effect { cause.message.contains(words) } else { false }
            })
    }
}
