import Testing
import Wire

/// The end of an agent as the journal has it: bounded, and read back as it was written.
@Suite struct AgentExitTests {
    @Test func theLastLinesAreKeptWithinTheirBounds() throws {
        let many = AgentExit(code: 1, lines: (1...50).map { "line \($0)" })
        #expect(many.lines == (31...50).map { "line \($0)" })
        let long = String(repeating: "x", count: 1_500)
        #expect(AgentExit(lines: [long, long, long, "end"]).lines == [long, long, "end"])
        let accented = AgentExit(lines: ["first", String(repeating: "é", count: 3_000)])
        #expect(accented.lines.map(\.utf8.count) == [AgentExit.bytesMaximum], "cut between characters")
        for exit in [many, accented, AgentExit(signal: 9, lines: [""]), AgentExit()] {
            #expect(try AgentExit(json: exit.json) == exit)
        }
    }

    @Test(
        arguments: [
            (AgentExit(code: 3), "the agent ended with exit code 3"),
            (AgentExit(signal: 9), "the agent was ended by signal 9"), (AgentExit(), "the agent ended"),
        ])
    func theSentenceSaysHow(exit: AgentExit, sentence: String) { #expect(exit.sentence == sentence) }

    @Test func theStateKnowsWhetherTheAgentRunsAndItsName() throws {
        func state(_ events: SessionEvent...) -> SessionState {
            SessionState(
                folding: events.enumerated().map { Entry(seq: Seq($0 + 1), timestamp: 0, body: .event($1)) })
        }
        let exit = AgentExit(code: 1, lines: ["no space left"])
        let ended = state(.agentSession("first"), .agentExit(exit))
        #expect(ended.agent.sessionID == "first")
        #expect(ended.agent.exit == AgentExit(code: 1), "the lines are in the journal alone")
        #expect(ended.json["agent"] == ["sessionId": "first", "exit": ["code": 1]])
        #expect(try SessionState(json: ended.json) == ended)

        let restarted = state(.agentSession("first"), .agentExit(exit), .agentRestarted, .agentSession("second"))
        #expect(restarted.agent.exit == nil)
        #expect(restarted.agent.sessionID == "second")
        #expect(state(.agentRestarted).json["agent"] == nil, "nothing is said of an agent that only works")
    }
}
