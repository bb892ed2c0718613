import Agents
import FailPoints
import Client
import Platform
import Server
import TestKit
import Testing
import Wire

extension CustomerPlan {
    /// The customer's test case 2.
    @Suite("Case 2: memory and context")
    struct AgentContextTests {
        @Test("test_reconnection_preserves_agent_memory_and_context")
        func test_reconnection_preserves_agent_memory_and_context() async throws {
            let stage = try await Stage()
            let device = try stage.device()
            try await device.connect()
            try await device.ask("remember that I prefer short answers")
            try await device.ask("remember that the customer is Enterprise")

            let session = try #require(try device.session())
            let gate = stage.home.path("gate")
            try WholeFile.replace(gate, with: "")
            FailPoint.set("librarian.step4", scope: session.rawValue, to: .hold(whileExists: gate))
            defer { FailPoint.set("librarian.step4", scope: session.rawValue, to: nil) }
            try await device.send("How does the backoff choose its delay?")
            try await device.until("in step 4") { try device.snapshot().state.workflow?.step == 4 }
            let original = try device.snapshot()
            let workflow = try #require(original.state.workflow)
            #expect(workflow.count == 5)
            #expect(workflow.completed == 3)
            #expect(original.state.memory.count == 2)
            #expect(!original.state.toolCalls.isEmpty)

            await device.drop()
            #expect(await eventually { await stage.daemon.server.counters.connections == 0 })
            #expect(await stage.daemon.server.counters.turns == 1, "the agent goes on with nobody there")

            let duration = try await device.connect()
            let restored = try device.snapshot()
            #expect(restored.state.memory == original.state.memory)
            #expect(restored.state.workflow?.step == 4)
            #expect(restored.state.workflow?.pending == original.state.workflow?.pending)
            #expect(restored.state.toolCalls == original.state.toolCalls)
            #expect(restored == original)

            // And from the server alone.
            let other = try stage.device("other")
            try await other.follow(original)
            #expect(try other.snapshot().state == original.state)

            // The workflow goes on where it was, once, for both.
            FailPoint.set("librarian.step4", scope: session.rawValue, to: nil)
            try removeFile(gate)
            try await device.until("answered") { try device.snapshot().turnsEnded == 3 }
            try await other.until("answered") { try other.snapshot().turnsEnded == 3 }
            let done = try device.snapshot()
            #expect(done.state.workflow?.completed == 5)
            #expect(Array(done.entries.prefix(original.entries.count)) == original.entries)
            #expect(try other.snapshot().state == done.state)
            Report.line(
                "case 2", "memory variables", required: "100 %", measured: "\(restored.state.memory.count) of 2")
            Report.line(
                "case 2", "workflow step", required: "4 of 5", measured: "\(workflow.step) of \(workflow.count)")
            Report.line(
                "case 2", "tool calls", required: "all",
                measured: "\(restored.state.toolCalls.count) of \(original.state.toolCalls.count)")
            Report.line("case 2", "restoration", required: "< 1 s", measured: Report.milliseconds(duration))
            #expect(duration < .seconds(1))
            await device.drop()
            await other.drop()
            try await stage.close()
        }
    }
}
