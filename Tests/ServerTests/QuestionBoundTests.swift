import Agents
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// How many questions a turn may have open (`belayd(8)`, BOUNDS).
@Suite struct QuestionBoundTests {
    private static let yes: JSON = ["outcome": ["outcome": "selected", "optionId": "yes"]]
    private static let cancelled: JSON = ["outcome": ["outcome": "cancelled"]]

    /// The requests that ask a client something.
    private func asked(_ client: WireClient) -> [RequestID] {
        client.messages.compactMap { message -> RequestID? in
            if case .request(let id, Method.requestPermission, _) = message { id } else { nil }
        }
    }

    @Test func oneMoreIsAnsweredAsCancelledAndNobodyIsAsked() async throws {
        let bound = Limits().questionsOpen
        #expect(bound == 32, "as the manual says")
        let agent = CuriousAgent(count: bound + 2)
        try await withServer([agent]) { server in
            let client = try await WireClient.greeted(by: server.local, as: "c")
            let session = try await client.newSession()
            let prompt = client.prompt("ask", in: session)
            #expect(await eventually { agent.answers.count == 2 && asked(client).count == bound })
            #expect(agent.answers == [Self.cancelled, Self.cancelled])
            let questions = try server.journal(of: session).count { entry in
                if case .event(.request) = entry.body { true } else { false }
            }
            #expect(questions == bound, "what is not asked is not kept")

            for id in asked(client) { client.respond(id, Self.yes) }
            #expect(try await client.answer(to: prompt)["stopReason"] == "end_turn")
            #expect(agent.answers.filter { $0 == Self.yes }.count == bound)
            #expect(asked(client).count == bound)
        }
    }
}

/// An agent that asks everything at once, and ends its turn when all of it is answered.
private final class CuriousAgent: Agent {
    private let count: Int
    private let kept = Mutex<[JSON]>([])

    /// An agent with so many questions.
    init(count: Int) { self.count = count }

    var name: String { "curious" }

    /// What it was answered, in order.
    var answers: [JSON] { kept.withLock { $0 } }

    func open(_ context: SessionContext, host: any AgentHost) -> any AgentSession {
        ClosureAgent(name: name) { [self] turn, host in
            try await ask(in: turn.id, host)
            return TurnEnd(.endTurn)
        }.open(context, host: host)
    }

    private func ask(in turn: TurnID, _ host: any AgentHost) async throws {
        let params: JSON = [
            "toolCall": ["toolCallId": "call", "title": "write a file"],
            "options": [["optionId": "yes", "name": "Allow", "kind": "allow_once"]],
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask { [self] in
                    let name = "question-\(number)"
                    let answer = try await host.ask(name, in: turn, method: Method.requestPermission, params: params)
                    kept.withLock { $0.append(answer) }
                }
            }
            try await group.waitForAll()
        }
    }
}
