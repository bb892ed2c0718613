import Wire

/// Case 4: ten rapid cycles with the same result, and no growth of latency or memory.
struct CyclesCase: PlannedCase {
    let title = "Many reconnections in a row"
    let name = "test_multiple_reconnections_maintain_consistency"

    /// Cycles before the measurement, which fill caches and other things that are created once.
    private static let warmUp = 20
    /// Further cycles without a pause: a slope over ten cycles would be noise.
    private static let more = 110
    private static let group = 10

    /// The session's content as a client sees it, to be compared after each cycle.
    private struct Baseline: Sendable {
        var entries: [Entry]
        var history: [HistoryMessage]
        var state: JSON
    }

    func run(on stand: Stand, into report: inout Report.Case) async throws {
        let device = stand.device()
        try await device.connect()
        try await device.makeSession()
        for prompt in ["remember that I like graphs", "list the files", "What is this folder about?", "thank you"] {
            try await device.ask(prompt)
        }
        let baseline = Baseline(
            entries: await device.copy.entries, history: try await device.history(), state: try await device.state())
        for _ in 0..<Self.warmUp { _ = try await cycle(device, baseline) }

        let memory = (server: stand.process?.residentBytes, own: ServerProcess.own.residentBytes)
        var durations: [Duration] = []
        var (failures, unequal, lastFailure) = (0, 0, String?.none)
        for pause in stand.pace.cycles {
            try await stand.wait(pause, "case 4")
            do {
                let (duration, isEqual) = try await cycle(device, baseline)
                durations.append(duration)
                if !isEqual { unequal += 1 }
            } catch {
                failures += 1
                lastFailure = "\(error)"
            }
        }
        let count = stand.pace.cycles.count
        let after = (server: stand.process?.residentBytes, own: ServerProcess.own.residentBytes)
        let equal = Double(count - unequal - failures) / Double(count)
        report.check(
            "consistency over \(count) cycles", required: "100 %", measured: Figures.percent(equal), equal == 1,
            detail: equal == 1 ? nil : "the session was not what it was before in \(unequal) cycles")
        report.check(
            "failed reconnections", required: "0 %", measured: Figures.percent(Double(failures) / Double(count)),
            failures == 0, detail: lastFailure)
        for _ in 0..<Self.more { durations.append(try await cycle(device, baseline).0) }
        await device.drop()
        let slope = durations.slope(group: Self.group)
        report.check(
            "slower per cycle", required: "< 2 %", measured: Figures.percent(slope), slope < 0.02,
            detail: "a line through the medians of \(durations.count) cycles; median "
                + Figures.duration(durations.median))
        if let process = stand.process, let before = memory.server, let after = after.server {
            Self.growth(
                "memory of the server", before, after, detail: "process \(process.id) (\(process.name)), ",
                into: &report)
        } else {
            report.skip(
                "memory of the server", required: "< 5 %", "the server's process cannot be seen from here")
        }
        if let before = memory.own, let after = after.own {
            Self.growth("memory of this program", before, after, into: &report)
        }
    }

    private static func growth(
        _ name: String, _ before: Int, _ after: Int, detail: String = "", into report: inout Report.Case
    ) {
        let growth = Double(after - before) / Double(max(before, 1))
        report.check(
            name, required: "< 5 %", measured: Figures.percent(growth), growth < 0.05,
            detail: detail + "from \(Figures.mebibytes(before)) to \(Figures.mebibytes(after))")
    }

    /// Drops the connection, reconnects, and compares what is held, what is replayed from the start, and the server's
    /// state.
    private func cycle(_ device: Device, _ baseline: Baseline) async throws -> (Duration, isEqual: Bool) {
        let took = try await device.connect()
        let resumed = await device.copy
        try await device.refetch()
        let replay = await device.copy
        let (history, state) = (try await device.history(), try await device.state())
        let isEqual =
            resumed.entries == baseline.entries && replay.entries == baseline.entries && replay.isDense
            && history == baseline.history && state == baseline.state
        return (took, isEqual)
    }
}
