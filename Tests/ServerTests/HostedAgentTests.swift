import Agents
import Ledger
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

@testable import Server

/// The host of an agent without a server around it: what its calls wait for, and what ends them.
@Suite struct HostedAgentTests {
    private static let note = Entry.Body.event(.note("n"))

    private func hosted(_ agent: any Agent) -> HostedAgent {
        HostedAgent(agent, session: "session", wake: { _ in }, retire: { _ in }, isAttended: { true })
    }

    private let folder = SessionFolder("/usr")

    /// What the journal says of an agent that has ended.
    private var ended: SessionState.Agent {
        var agent = SessionState.Agent()
        agent.exit = AgentExit(signal: 9)
        return agent
    }

    /// A hosted agent that is open, and its host.
    private func opened() async throws -> (HostedAgent, any AgentHost) {
        let agent = ScriptedAgent()
        let hosted = hosted(agent)
        _ = try await hosted.opened(in: folder, known: SessionState.Agent())
        return (hosted, try #require(agent.host))
    }

    private func released(_ events: [LedgerEvent], by hosted: HostedAgent) {
        for case .appended(_, let correlation, _) in events { hosted.release(correlation) }
    }

    // MARK: Waiting

    @Test func anAgentThatIsTooFastWaitsForTheDisk() async throws {
        let (hosted, host) = try await opened()
        let long = Entry.Body.said(String(repeating: "x", count: AgentOutbox.bytesMaximum))
        try await host.emit([long], in: "t")
        let second = Task { try await host.emit([Self.note], in: "t") }
        #expect(await eventually { hosted.waitingCount == 1 })
        let first = hosted.take()
        #expect(first == [.appended("t", CorrelationID(rawValue: 1), [long])])
        #expect(hosted.waitingCount == 1, "what was taken is not durable")
        released(first, by: hosted)
        try await second.value
        #expect(hosted.take() == [.appended("t", CorrelationID(rawValue: 2), [Self.note])])
    }

    @Test func aBarrierWaitsForWhatWasSaidBeforeItAndForNothingElse() async throws {
        let (hosted, host) = try await opened()
        try await host.flush()
        #expect(hosted.take() == [], "nothing was said")
        try await host.emit([.said("a")], in: "t")
        let barrier = Task { try await host.flush() }
        #expect(await eventually { hosted.waitingCount == 1 })
        try await host.emit([.said("b")], in: "t")
        let events = hosted.take()
        #expect(
            events == [
                .appended("t", CorrelationID(rawValue: 1), [.said("a")]), .flushRequested,
                .appended("t", CorrelationID(rawValue: 2), [.said("b")]),
            ])
        hosted.release(CorrelationID(rawValue: 1))
        try await barrier.value
        #expect(!hosted.isQuiet)
        hosted.release(CorrelationID(rawValue: 2))
        #expect(hosted.isQuiet)
    }

    @Test func whoeverWaitsIsLetGoWhenItsTaskIsCancelled() async throws {
        let (hosted, host) = try await opened()
        try await host.emit([Self.note], in: "t")
        let calls: [@Sendable () async throws -> Void] = [
            { try await host.flush() },
            { _ = try await host.ask("q", in: "t", method: Method.requestPermission, params: [:]) },
            { try await host.remember("own") },
        ]
        for call in calls {
            let waiting = Task { try await call() }
            #expect(await eventually { hosted.waitingCount == 1 })
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(hosted.waitingCount == 0)
        }
    }

    // MARK: Questions

    @Test func aQuestionHasTheKeyOfItsTurnAndName() async throws {
        let (hosted, host) = try await opened()
        let asking = Task { try await host.ask("q", in: "t", method: Method.requestPermission, params: ["p": 1]) }
        #expect(await eventually { hosted.waitingCount == 1 })
        host.withdraw("other", in: "t")
        let question = Question(key: "t:q", turn: "t", method: Method.requestPermission, params: ["p": 1])
        let events = hosted.take()
        #expect(events.last == .withdrawn("t:other"))
        guard case .asked(question, let correlation)? = events.first else {
            Issue.record("\(events)")
            return
        }
        hosted.answer(correlation, ["outcome": "yes"])
        #expect(try await asking.value == ["outcome": "yes"])
    }

    // MARK: What an agent may say

    @Test(
        arguments: [
            .event(.turnEnd("t", .stopped(.endTurn))), .event(.turnStart("t", prompt: "m")),
            .event(.agentExit(AgentExit())), .event(.agentRestarted), .event(.agentSession("a")),
            .event(.requestResolved(.init(key: "q", answer: .null, by: nil))),
            .update(.agentMessage(ContentChunk(messageID: MessageID("é"), content: .text("x")))),
            .update(.other(["sessionUpdate": "plan"])),
        ] as [Entry.Body])
    func whatOnlyTheServerWritesOrNobodyCouldReadIsRefused(body: Entry.Body) async throws {
        let (hosted, host) = try await opened()
        await #expect(throws: TurnFailure.self) { try await host.emit([Self.note, body], in: "t") }
        #expect(hosted.take() == [], "all of it, or nothing")
    }

    @Test func aNameIsKeptOnce() async throws {
        let (hosted, host) = try await opened()
        for name: AgentSessionID in ["a", "b"] {
            let keeping = Task { try await host.remember(name) }
            #expect(await eventually { hosted.waitingCount == 1 })
            released(hosted.take(), by: hosted)
            try await keeping.value
            try await host.remember(name)
            #expect(hosted.take() == [], "the journal has it")
        }
        let next = ScriptedAgent()
        let again = self.hosted(next)
        var known = SessionState.Agent()
        known.sessionID = "b"
        _ = try await again.opened(in: folder, known: known)
        try await next.host?.remember("b")
        #expect(again.take() == [], "the journal has it")
    }

    // MARK: Ends

    /// However an agent ended, what it still says is refused, and whatever of it waits is let go.
    /// A key that is no name could not be read back.
    @Test(arguments: [
        "q", String(repeating: "x", count: 126), String(repeating: "x", count: 127), "two words", "ü", "",
    ])
    func theKeyOfAQuestionIsAlwaysAName(name: String) throws {
        let key = SessionHost.key(name, "t")
        let question = Question(key: key, turn: "t", method: Method.requestPermission, params: [:])
        #expect(try Question(json: question.json) == question)
        #expect(SessionHost.key(name, "t") == key && SessionHost.key(name + "x", "t") != key)
        #expect(SessionHost.key(name, "other") != key)
    }

    @Test(arguments: ["terminate", "close", "exit"]) func anEndedAgentIsRefused(end: String) async throws {
        let (hosted, host) = try await opened()
        try hosted.begin("t")
        try await host.emit([Self.note], in: "t")
        let waiting = Task { try await host.flush() }
        let asking = Task { _ = try await host.ask("q", in: "t", method: Method.requestPermission, params: [:]) }
        #expect(await eventually { hosted.waitingCount == 2 })
        switch end {
        case "terminate":
            #expect(hosted.terminate("other") == nil)
            #expect(hosted.terminate("t") != nil)
        case "close": #expect(hosted.close() != nil)
        default: host.exited(AgentExit(code: 1))
        }
        for task in [waiting, asking] { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(hosted.waitingCount == 0)
        let said = hosted.take()
        #expect(said.contains(.exited(AgentExit(code: 1), during: "t")) == (end == "exit"))
        host.withdraw("q", in: "t")
        host.exited(AgentExit())
        await #expect(throws: CancellationError.self) { try await host.emit([Self.note], in: "t") }
        await #expect(throws: CancellationError.self) { try await host.flush() }
        await #expect(throws: CancellationError.self) { try await host.remember("a") }
        #expect(hosted.take() == [])
    }

    @Test func anAgentThatEndedIsOpenedAgainAndItsEarlierSelfStaysRefused() async throws {
        let agent = ScriptedAgent()
        let hosted = hosted(agent)
        _ = try await hosted.opened(in: folder, known: SessionState.Agent())
        let first = try #require(agent.host)
        first.exited(AgentExit(signal: 9))
        #expect(hosted.take() == [.exited(AgentExit(signal: 9), during: nil)])
        #expect(throws: TurnFailure("the agent was ended by signal 9")) { try hosted.begin("t") }
        _ = try await hosted.opened(in: folder, known: ended)
        #expect(hosted.take() == [.appended(nil, CorrelationID(rawValue: 1), [.event(.agentRestarted)])])
        await #expect(throws: CancellationError.self) { try await first.emit([Self.note], in: nil) }
        try hosted.begin("t")
        try await agent.host?.emit([Self.note], in: "t")
        #expect(agent.contexts.count == 2)
    }

    @Test func allWhoWaitShareOneOpeningAndOneWhoIsCancelledEndsIt() async throws {
        let agent = SlowAgent()
        let hosted = hosted(agent)
        func open() -> Task<Void, any Error> {
            Task { _ = try await hosted.opened(in: folder, known: SessionState.Agent()) }
        }
        let (first, second) = (open(), open())
        #expect(await eventually { agent.count == 1 })
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        agent.isOpen.withLock { $0 = true }
        try await second.value
        #expect(agent.count == 1, "the opening went on for the other")
        #expect(hosted.close() != nil)
    }

    private final class SlowAgent: Agent {
        let name = "slow"
        let isOpen = Mutex(false)
        private let opened = Mutex(0)

        var count: Int { opened.withLock { $0 } }

        func open(_ context: SessionContext, host: any AgentHost) async throws -> any AgentSession {
            opened.withLock { $0 += 1 }
            _ = await eventually { self.isOpen.withLock { $0 } }
            return ScriptedAgent().open(context, host: host)
        }
    }

    @Test func anAgentThatDiesWhileItIsOpenedFailsTheTurn() async throws {
        struct Mortal: Agent {
            let name = "mortal"
            func open(_ context: SessionContext, host: any AgentHost) throws -> any AgentSession {
                host.exited(AgentExit(code: 127, lines: ["not found"]))
                throw StoreError.failed("a pipe broke")
            }
        }
        let hosted = hosted(Mortal())
        await #expect(throws: TurnFailure("the agent ended with exit code 127")) {
            try await hosted.opened(in: folder, known: SessionState.Agent())
        }
        #expect(hosted.take() == [.exited(AgentExit(code: 127, lines: ["not found"]), during: nil)])
    }

    @Test func aTurnThatWasCancelledBeforeIsNotGivenToTheAgent() async throws {
        let (hosted, _) = try await opened()
        #expect(!hosted.cancel("t"))
        #expect(throws: CancellationError.self) { try hosted.begin("t") }
        try hosted.begin("u")
        #expect(hosted.cancel("u"), "this one it was given")
    }

    @Test func aClosedAgentIsNotOpened() async throws {
        let agent = ScriptedAgent()
        let hosted = hosted(agent)
        #expect(hosted.close() == nil)
        await #expect(throws: CancellationError.self) {
            try await hosted.opened(in: folder, known: SessionState.Agent())
        }
        #expect(agent.contexts.isEmpty)
    }
}
