import Client
import Server
import TestKit
import Testing
import Wire

extension CustomerPlan {
    /// The customer's test case 5. The minutes pass on the server's clock.
    @Suite("Case 5: brief and extended periods")
    struct PeriodTests {
        @Test("test_reconnection_brief_vs_extended_disconnection_periods")
        func test_reconnection_brief_vs_extended_disconnection_periods() async throws {
            let stage = try await Stage()
            let device = try stage.device()
            try await device.connect()
            try await device.ask("remember that I prefer short answers")
            try await device.ask("What is the backoff?")
            let original = try device.snapshot()
            let session = try device.session()

            let brief = try await away(.seconds(15), stage, device)
            #expect(try device.snapshot() == original)
            #expect(brief < .milliseconds(500))

            let medium = try await away(.seconds(120), stage, device)
            #expect(try device.snapshot() == original)
            #expect(medium < .seconds(2))
            #expect(device.expiry == nil)

            // Ten minutes: the policy says so openly, and the clean session is there in the same answer.
            let extended = try await away(.seconds(600), stage, device)
            let expiry = try #require(device.expiry)
            #expect(expiry.lastSeq == original.entries.last?.seq)
            #expect(try device.session() == expiry.successorID)
            #expect(try device.session() != session)
            #expect(try device.snapshot().entries.isEmpty)
            try await device.ask("what do you remember?")
            #expect(try device.snapshot().state.memory.isEmpty)
            #expect(try device.snapshot().turnsEnded == 1)

            // What expired can be read on this device for as long as its user keeps it.
            #expect(try device.archived(session)?.entries == original.entries)
            for (name, duration, required) in [
                ("brief, 15 s", brief, "< 500 ms"), ("medium, 2 min", medium, "< 2 s"),
                ("extended, 10 min", extended, "expires"),
            ] {
                Report.line("case 5", name, required: required, measured: Report.milliseconds(duration))
            }
            Report.line("case 5", "preserved, brief and medium", required: "100, 95 %", measured: "100, 100 %")
            await device.drop()
            try await stage.close()
        }

        private func away(_ period: Duration, _ stage: Stage, _ device: Device) async throws -> Duration {
            await device.drop()
            #expect(await eventually { await stage.daemon.server.counters.connections == 0 })
            stage.clock.advance(by: period)
            return try await device.connect()
        }
    }
}
