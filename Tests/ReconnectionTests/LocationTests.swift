import Client
import Server
import TestKit
import Testing
import Wire

extension CustomerPlan {
    /// The customer's test case 3.
    @Suite("Case 3: another address")
    struct LocationTests {
        private static let home = [("User-Agent", "belay/home"), ("X-Geo-Location", "Berlin, DE")]
        private static let away = [("User-Agent", "belay/away"), ("X-Geo-Location", "Tokyo, JP")]

        @Test("test_reconnection_same_token_different_ip_location")
        func test_reconnection_same_token_different_ip_location() async throws {
            let stage = try await Stage()
            let device = try stage.device()
            try await device.connect(from: "127.0.0.1", headers: Self.home)
            try await device.ask("remember that I travel")
            try await device.ask("What is the backoff?")
            let original = try device.snapshot()
            await device.drop()

            let duration = try await device.connect(from: "127.0.0.2", headers: Self.away)
            #expect(try device.snapshot() == original)
            #expect(device.failures.isEmpty)
            try await device.ask("and where is that tested?")
            #expect(try device.snapshot().turnsEnded == 3, "the session is not only seen, it works")
            #expect(duration < .seconds(1.1))
            await device.drop()

            // The cost of moving: medians of attempts that alternate between staying and moving.
            var (stayed, moved): ([Duration], [Duration]) = ([], [])
            for round in 0..<30 {
                let address = round % 2 == 0 ? "127.0.0.1" : "127.0.0.\(2 + round)"
                let took = try await device.connect(from: address, headers: round % 2 == 0 ? Self.home : Self.away)
                if round % 2 == 0 { stayed.append(took) } else { moved.append(took) }
                await device.drop()
            }
            let ratio = moved.median / stayed.median
            Report.line("case 3", "recognized from a new address", required: "yes", measured: "yes")
            Report.line("case 3", "security blocks", required: "0", measured: "\(device.failures.count)")
            Report.line("case 3", "restoration", required: "< 1.1 s", measured: Report.milliseconds(duration))
            Report.line("case 3", "latency added", required: "< 10 %", measured: Report.percent(ratio - 1))
            try await stage.close()
        }
    }
}
