import Transport
import Wire

/// Case 3: the same token from another address, with other headers, as after a change of the network.
struct LocationCase: PlannedCase {
    let title = "Reconnection from another address"
    let name = "test_reconnection_same_token_different_ip_location"

    private static let latency = ("latency added by moving", "< 10 %")

    func run(on stand: Stand, into report: inout Report.Case) async throws {
        let account = stand.account
        let addresses: Result<Addresses, any Error>
        do {
            addresses = .success(
                try await Addresses.find(for: account.endpoint, account: account, on: stand.loop))
        } catch {
            addresses = .failure(error)
        }
        let (from, to) = (Place.home.at(try? addresses.get().home), Place.away.at(try? addresses.get().away))
        let device = stand.device()
        try await device.connect(from: from)
        try await device.makeSession()
        try await device.ask("remember that I travel")
        try await device.ask("What is this folder about?")
        let original = await device.copy
        let session = await device.session
        await device.drop()

        let took = try await device.connect(from: to)
        let other = stand.device()
        await other.begin(session)
        let restored = try await other.connect(from: to)
        let replay = await other.copy
        let isRecognized =
            await device.session == session && replay.entries == original.entries && replay.isDense
        switch addresses {
        case .success(let pair):
            report.check(
                "recognized from another address", required: "yes", measured: isRecognized ? "yes" : "no",
                isRecognized, detail: "from \(pair.home), then from \(pair.away)")
        case .failure(let reason):
            report.skip("recognized from another address", required: "yes", "\(reason)")
            report.check(
                "recognized with other headers", required: "yes", measured: isRecognized ? "yes" : "no", isRecognized)
        }
        let differences = replay.differences(from: try await other.state())
        report.compare(
            "context and agent state there", required: "complete",
            differences.isEmpty && replay.state == original.state)
        await other.drop()
        let turns = original.turnsEnded
        try await device.ask("what do you remember?")
        report.compare("the session works there", required: "yes", await device.copy.turnsEnded == turns + 1)
        await device.drop()

        let slowest = max(took, restored)
        if case .success = addresses {
            try await compare(device, from, to, stand, into: &report)
        } else {
            report.skip(Self.latency.0, required: Self.latency.1, "it takes two addresses")
        }
        let blocks = await device.blocks + other.blocks
        report.check("security blocks", required: "0", measured: "\(blocks)", blocks == 0)
        report.time("restoration", below: .milliseconds(1_100), slowest)
    }

    /// Attempts from the same and from another address, alternating, until they say which of the two is slower.
    private func compare(
        _ device: Device, _ from: Place, _ to: Place, _ stand: Stand, into report: inout Report.Case
    ) async throws {
        var comparison = PairedComparison(bound: 0.1)
        while comparison.verdict == nil {
            let stayed = try await device.connect(from: from)
            await device.drop()
            let moved = try await device.connect(from: to)
            await device.drop()
            comparison.add(base: stayed, other: moved)
        }
        report.check(
            Self.latency.0, required: Self.latency.1, measured: Figures.percent(comparison.added),
            comparison.verdict == true,
            detail: "the median of \(comparison.bases.count) pairs; from the same address "
                + Figures.duration(comparison.bases.median))
    }
}
