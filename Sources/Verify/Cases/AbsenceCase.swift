import Wire

/// Case 5: absences of 15 seconds, two minutes and ten minutes.
///
/// The three run at the same time, each with a session of its own.
struct AbsenceCase: PlannedCase {
    let title = "Brief and extended absence"
    let name = "test_reconnection_brief_vs_extended_disconnection_periods"

    /// What a client received when it reconnected.
    private struct Return: Sendable {
        var original: Copy
        var copy: Copy
        var took: Duration
        var tier: Tier?
        var session: (before: SessionID?, after: SessionID?)
        var expiry: Expiry?

        /// The fraction of the entries before the absence that were preserved.
        var preserved: Double {
            guard session.before == session.after, !original.entries.isEmpty else { return 0 }
            let entries = Set(copy.entries)
            return Double(original.entries.filter { entries.contains($0) }.count) / Double(original.entries.count)
        }

        var isWhole: Bool { preserved == 1 && copy.state == original.state && copy.isDense }
    }

    func run(on stand: Stand, into report: inout Report.Case) async throws {
        let extended: Result<Pace.Wait, any Error>
        do { extended = .success(try stand.pace.extended()) } catch { extended = .failure(error) }
        let (briefly, longer) = (stand.device(), stand.device())
        let gone = stand.device()
        for device in [briefly, longer, gone] { try await prepare(device) }
        async let brief = away(briefly, stand.pace.brief, stand)
        async let medium = away(longer, stand.pace.medium, stand)
        if let wait = try? extended.get() {
            async let expired = away(gone, wait, stand)
            try await self.brief(try await brief, stand, into: &report)
            try await self.medium(try await medium, stand, into: &report)
            try await self.expired(try await expired, gone, stand, into: &report)
        } else if case .failure(let reason) = extended {
            await gone.drop()
            try await self.brief(try await brief, stand, into: &report)
            try await self.medium(try await medium, stand, into: &report)
            for name in ["expired openly", "clean session at once", "policy enforced"] {
                report.skip("extended: \(name)", required: "yes", "\(reason)")
            }
        }
        for device in [briefly, longer, gone] { await device.drop() }
    }

    private func prepare(_ device: Device) async throws {
        try await device.connect()
        try await device.makeSession()
        try await device.ask("remember that I prefer short answers")
        try await device.ask("What is this folder about?")
    }

    /// Disconnects, waits, and reconnects without a copy, so that everything is replayed.
    private func away(_ device: Device, _ wait: Pace.Wait, _ stand: Stand) async throws -> Return {
        // A ping first: the absence counts from the last sign of life, and the other clients took time.
        try await device.request(Method.ping, ["t": 1])
        let (original, session) = (await device.copy, await device.session)
        await device.drop()
        try await stand.wait(wait.actual, wait.name)
        await device.begin(session)
        let took = try await device.connect()
        return Return(
            original: original, copy: await device.copy, took: took, tier: await device.attached?.tier,
            session: (session, await device.session), expiry: await device.expiry)
    }

    private func brief(_ back: Return, _ stand: Stand, into report: inout Report.Case) async throws {
        let away = Figures.duration(stand.pace.brief.actual)
        report.check(
            "brief, \(away): preserved", required: "100 %", measured: Figures.percent(back.preserved), back.isWhole)
        report.time("brief, \(away): restoration", below: .milliseconds(500), back.took)
        report.check(
            "brief, \(away): tier", required: "brief", measured: back.tier?.rawValue ?? "none", back.tier == .brief)
    }

    private func medium(_ back: Return, _ stand: Stand, into report: inout Report.Case) async throws {
        let away = Figures.duration(stand.pace.medium.actual)
        report.check(
            "medium, \(away): preserved", required: "100 % (plan 95)", measured: Figures.percent(back.preserved),
            back.isWhole)
        report.time("medium, \(away): restoration", below: .seconds(2), back.took)
        report.check(
            "medium, \(away): tier", required: "medium", measured: back.tier?.rawValue ?? "none", back.tier == .medium)
    }

    private func expired(
        _ back: Return, _ device: Device, _ stand: Stand, into report: inout Report.Case
    ) async throws {
        let isOpen = back.expiry.map { $0.lastSeq == back.original.cursor } ?? false
        report.check(
            "extended: expired openly", required: "yes",
            measured: isOpen ? "yes" : back.expiry == nil ? "no" : "with a wrong end", isOpen)
        let successor = back.expiry?.successorID
        let isClean =
            successor != nil && successor != back.session.before && back.session.after == successor
            && back.copy.entries.isEmpty && back.copy.fence?.seq == 0
        report.compare("extended: clean session at once", required: "yes", isClean)
        guard let old = back.session.before, let expiry = back.expiry else {
            report.compare("extended: policy enforced", required: "yes", false, detail: "the session did not expire")
            return
        }
        try await device.ask("what do you remember?")
        report.check(
            "extended: memory of the new one", required: "empty",
            measured: await device.copy.state.memory.isEmpty ? "empty" : "not empty",
            await device.copy.state.memory.isEmpty)

        // A second request for the expired session must get the same answer, and its transcript must be readable.
        let other = stand.device()
        await other.begin(old)
        try await other.connect()
        let again = await other.expiry
        report.compare(
            "extended: policy enforced", required: "the same again",
            again?.successorID == expiry.successorID && again?.at == expiry.at && expiry.archiveUntil > expiry.at)
        try await other.load(old)
        let archive = await other.copy
        report.compare(
            "extended: old transcript", required: "whole", archive.entries == back.original.entries)
        await other.drop()
    }
}
