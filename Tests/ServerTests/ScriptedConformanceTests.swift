import AgentKit
import Agents
import ServerKit
import Synchronization
import Testing
import Wire

/// The agent of the tests does everything that a back end may do, and keeps to what every one keeps to.
@Suite struct ScriptedConformanceTests {
    private static let usage = Entry.Body.update(.other(["sessionUpdate": "usage_update", "used": 1, "size": 2]))

    private static func note(_ number: Int) -> Entry.Body { .event(.note("step \(number)")) }

    private static let script: [ScriptedAgent.Step] = [
        .emit([.update(.plan([PlanEntry(content: "Look", status: .inProgress)])), note(1)]),
        .append([ScriptedAgent.said("first "), note(2)]), .emitOutside([usage, note(3)]), .ask("may I?"),
        .append([.event(.memory(key: "k", value: 1)), note(4)]), .ask("and now?"),
        .emit([ScriptedAgent.said("last"), note(5)]),
    ]

    @Test(arguments: AgentConformance.Requirement.allCases)
    func itKeepsTo(_ requirement: AgentConformance.Requirement) async throws {
        let suite = AgentConformance(
            folder: SessionFolder("/usr"), prompt: "go", make: { ScriptedAgent(script: Self.script) },
            exiting: {
                ScriptedAgent(script: [.append([Self.note(1)]), .exit(AgentExit(code: 1)), .append([Self.note(2)])])
            },
            speak: { try await ($0 as? ScriptedAgent)?.host?.emit([Self.usage], in: nil) })
        try await suite.check(requirement)
    }

    @Test func oneThatGoesOnWithNoTurnSaysSo() async throws {
        let suite = AgentConformance(folder: SessionFolder("/usr"), prompt: "go") {
            ScriptedAgent(resumesTurns: false, script: Self.script)
        }
        try await suite.check(.death)
        try await suite.check(.questions)
    }

    @Test func whatIsSetIsTheAgentsAffair() async throws {
        let modes: JSON = ["currentModeId": "ask", "availableModes": [["id": "ask", "name": "Ask"]]]
        let agent = ScriptedAgent(offers: AgentOffers(modes: modes, promptKinds: [.image]))
        let session = agent.open(SessionContext(session: "s", folder: SessionFolder("/usr")), host: TestHost())
        #expect(session.offers.modes == modes && session.offers.promptKinds == [.image])
        #expect(try await session.set(.mode("ask")) == session.offers.settings)
        #expect(agent.settings == [.mode("ask")])
        let plain = ClosureAgent(name: "plain") { _, _ in TurnEnd(.endTurn) }
        let other = plain.open(SessionContext(session: "s", folder: SessionFolder("/usr")), host: TestHost())
        await #expect(throws: RPCError.invalidParams("the agent does not offer the mode 'ask'")) {
            try await other.set(.mode("ask"))
        }
    }
}

/// The suite sees what it is for: a back end that breaks one rule is found, each at its requirement.
@Suite struct BrokenAgentTests {
    private func expectBroken(
        _ requirement: AgentConformance.Requirement,
        _ turn: @escaping @Sendable (Turn, any AgentHost) async throws -> TurnEnd
    ) async {
        let suite = AgentConformance(folder: SessionFolder("/usr"), prompt: "go") {
            ClosureAgent(name: "broken", resumption: .goesOn, body: turn)
        }
        await #expect(throws: AgentConformance.Broken.self) { try await suite.check(requirement) }
    }

    private static func say(_ numbers: ClosedRange<Int>, in turn: Turn, _ host: any AgentHost) async throws {
        for number in numbers { try await host.emit([.event(.note("\(number)"))], in: turn.id) }
    }

    @Test func oneThatRepeatsWhatIsRecorded() async {
        await expectBroken(.death) { turn, host in
            try await Self.say(1...3, in: turn, host)
            return TurnEnd(.endTurn)
        }
    }

    @Test func oneThatSpeaksBesideItsBarrier() async {
        await expectBroken(.barrier) { turn, host in
            try await Self.say(1...3, in: turn, host)
            let isOver = Mutex(false)
            async let barrier: Void = {
                defer { isOver.withLock { $0 = true } }
                try await host.flush()
            }()
            // For as long as the barrier waits, whenever the suite comes to look at it.
            while !isOver.withLock({ $0 }) {
                try await Self.say(4...4, in: turn, host)
                for _ in 0..<10 { await Task.yield() }
            }
            try await barrier
            return TurnEnd(.endTurn)
        }
    }

    @Test func oneThatSwallowsItsCancel() async {
        await expectBroken(.cancel) { turn, host in
            for number in 1...3 { try? await host.emit([.event(.note("\(number)"))], in: turn.id) }
            return TurnEnd(.endTurn)
        }
    }

    @Test func oneThatSpeaksBehindItsEnd() async {
        await expectBroken(.cancel) { turn, host in
            try await Self.say(1...3, in: turn, host)
            Task { try await Self.say(4...4, in: turn, host) }
            return TurnEnd(.endTurn)
        }
    }

    @Test func oneThatSpeaksInAnotherTurn() async {
        await expectBroken(.order) { turn, host in
            try await Self.say(1...3, in: turn, host)
            try await host.emit([.event(.note("4"))], in: "another")
            return TurnEnd(.endTurn)
        }
    }

    @Test func oneThatWritesWhatIsTheServers() async {
        await expectBroken(.order) { turn, host in
            try await Self.say(1...3, in: turn, host)
            try await host.emit([.event(.turnEnd(turn.id, .stopped(.endTurn)))], in: turn.id)
            return TurnEnd(.endTurn)
        }
    }

    @Test func oneThatDoesNotWaitForItsHost() async {
        await expectBroken(.backPressure) { turn, host in
            for number in 1...3 { Task { try await Self.say(number...number, in: turn, host) } }
            return TurnEnd(.endTurn)
        }
    }
}
