import Client
import Server
import TestKit
import Testing
import Wire

extension CustomerPlan {
    /// The customer's test case 1.
    @Suite("Case 1: basic reconnection")
    struct BasicReconnectionTests {
        @Test("test_basic_reconnection_preserves_conversation_history")
        func test_basic_reconnection_preserves_conversation_history() async throws {
            let stage = try await Stage()
            let device = try stage.device()
            try await device.connect()
            for number in 1...5 { try await device.ask("Question \(number): what is the backoff?") }
            let original = try device.snapshot()
            #expect(original.prompts.count == 5)
            #expect(original.answers.count == 5)

            await device.drop()
            // The server keeps the session without any client.
            #expect(await eventually { await stage.daemon.server.counters.connections == 0 })

            let duration = try await device.connect()
            let retrieved = try device.snapshot()
            #expect(retrieved.prompts.count == 5)
            #expect(retrieved == original)
            let ids = Set(original.messages.map(\.id))
            #expect(retrieved.messages.allSatisfy { ids.contains($0.id) })
            #expect(retrieved.messages.map(\.timestamp) == retrieved.messages.map(\.timestamp).sorted())
            await device.drop()

            // The same from the server alone: another device with an empty disk and the same token.
            let other = try stage.device("other")
            let fresh = try await other.follow(original)
            #expect(try other.snapshot().messages == original.messages)
            #expect(try other.snapshot().state == original.state)
            #expect(duration < .seconds(1))
            #expect(fresh < .seconds(1))
            Report.line("case 1", "history retrieval", required: "< 1 s", measured: Report.milliseconds(duration))
            Report.line("case 1", "history, empty disk", required: "< 1 s", measured: Report.milliseconds(fresh))
            Report.line("case 1", "messages preserved", required: "5 of 5", measured: "\(retrieved.prompts.count) of 5")
            await other.drop()
            try await stage.close()
        }
    }
}
