import Testing
import Wire

@testable import Sync

/// Questions about other sessions, on the one connection.
@Suite struct SessionQuestionTests {
    @Test func whatTheServerSaysByItselfIsPassedOn() {
        let client = Client.live()
        let summary = SessionSummary(
            session: "other", headSeq: 7, isWorking: true, questions: 1, turnStartedAt: 1_700_000_000_000)
        #expect(
            client.receive(.notification(method: Method.session, params: summary.json))
                == [.sessions(.changed(summary))])
    }

    private let list: JSON = [
        "sessions": [
            [
                "sessionId": "other", "cwd": "/", "updatedAt": "2026-11-22T17:31:02.114Z",
                "_meta": ["belay": ["headSeq": 9, "turn": "t", "pendingRequests": 2]],
            ],
            ["sessionId": "plain", "cwd": "/"],
        ]
    ]

    private func asked(_ effects: [SyncEffect]) throws -> (id: RequestID, method: String) {
        let request = try #require(
            effects.compactMap { effect -> (RequestID, String)? in
                if case .send(_, .request(let id, let method, _)) = effect { (id, method) } else { nil }
            }.first)
        return (request.0, request.1)
    }

    @Test func theListIsAskedForOnceAtATime() throws {
        let client = Client.live()
        let (id, method) = try asked(client.handle(.asked(.list)))
        #expect(method == Method.listSessions)
        #expect(client.handle(.asked(.list)) == [])
        let answer = client.receive(.response(id, result: list))
        #expect(
            answer.contains(
                .sessions(
                    .listed([
                        SessionSummary(session: "other", headSeq: 9, isWorking: true, questions: 2),
                        SessionSummary(session: "plain"),
                    ]))))
        #expect(try asked(client.handle(.asked(.list))).method == Method.listSessions)
    }

    @Test func whatMakesNoSenseIsNoReasonToLeave() throws {
        let client = Client.live()
        let (id, _) = try asked(client.handle(.asked(.list)))
        let answer = client.receive(.response(id, result: ["sessions": 3]))
        guard case .sessions(.failed(.list, _))? = answer.first, answer.count == 1 else {
            Issue.record("\(answer)")
            return
        }
    }

    @Test func aSessionIsDeletedOrWasNotThere() throws {
        let client = Client.live()
        let (id, method) = try asked(client.handle(.asked(.delete("other"))))
        #expect(method == Method.deleteSession)
        #expect(client.receive(.response(id, result: [:])).contains(.sessions(.deleted("other"))))
        let (again, _) = try asked(client.handle(.asked(.delete("other"))))
        let unknown = RPCError(.resourceNotFound, "unknown")
        #expect(client.receive(.failure(again, unknown)).contains(.sessions(.deleted("other"))))
        let (third, _) = try asked(client.handle(.asked(.delete("other"))))
        let refused = RPCError(.internalError, "the disk is full")
        #expect(
            client.receive(.failure(third, refused)).contains(
                .sessions(.failed(.delete("other"), "the disk is full"))))
    }

    @Test func offlineNothingIsAsked() {
        let client = Client(session: Client.session, position: at(4))
        #expect(
            client.handle(.asked(.delete("other"))).contains(
                .sessions(.failed(.delete("other"), "there is no connection to the server"))))
    }
}
