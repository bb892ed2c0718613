import Agents
import Ledger
import Platform
import Wire

/// What can be set in the session: its agent is opened for it, as for a turn.
extension SessionActor {
    /// How long an agent may take to change a setting, besides the time that it takes to start.
    private static let settingMaximum = Duration.seconds(30)

    /// Changes a setting that the agent offers.
    ///
    /// - Returns: What can be set now.
    /// - Throws: ``RPCError``, with the agent's own words if it refused.
    func set(_ setting: AgentSetting) async throws -> [JSON] {
        if let (successor, expiry) = try await successor() {
            successor.release()
            throw expiry.error
        }
        let session = try await openedAgent()
        do {
            return try await withTimeLimit(SessionActor.settingMaximum) {
                RPCError(
                    .internalError,
                    "the agent did not answer within \(SessionActor.settingMaximum.components.seconds) seconds")
            } _: {
                try await session.set(setting)
            }
        } catch is CancellationError {
            throw RPCError(.internalError, "the agent ended before it had changed \(setting)")
        }
    }

    /// Opens the agent of a session that has just been made, if it is one that takes a while, so that it is ready for the
    /// first turn, and its clients know what can be set. One that cannot be opened says so in that turn.
    ///
    /// - Returns: The opening, which need not be awaited: it is the agent's own, and ends when that is dismissed.
    func openEarly() -> Task<Void, any Error>? {
        guard let agent = services.agent(ledger.record.agent, for: principal), agent.opensEarly,
            ledger.record.headSeq == 0, self.agent == nil
        else { return nil }
        return Task {
            _ = try await openedAgent()
            // What it offers is in the journal then.
            try await self.agent?.flush()
        }
    }

    private func openedAgent() async throws -> any AgentSession {
        guard !isGone, let agent = services.agent(ledger.record.agent, for: principal) else {
            throw RPCError(.internalError, SessionActor.noAgent)
        }
        let hosted = hosted(agent)
        agentUsedAt = services.clock.now.instant
        let (directory, known) = (ledger.record.directory, ledger.state.agent)
        do {
            let folder = try await services.readers.run(for: principal) { [services, principal] _ in
                try services.roots.folder(directory, for: principal)
            }
            return try await hosted.opened(in: folder, known: known)
        } catch let failure as any TurnError {
            throw RPCError(.internalError, failure.sentence).bounded
        } catch is CancellationError {
            throw RPCError(.internalError, "the session's agent is being closed: try again")
        }
    }
}
