import FailPoints
import Ledger
import Wire

extension Sessions {
    /// Makes a session that begins with a copy of another one, or finds the one that the key made before, and pins it in
    /// memory.
    nonisolated(nonsending) func fork(
        _ source: SessionActor, _ request: ForkRequest, _ services: Services
    ) async throws -> Pin {
        let principal = source.principal
        let plan = await source.ledger.forkPlan
        let from = source.summary.record
        // A copy takes as much as what it is a copy of. No quota for the local user, as for prompts.
        let maximum = services.configuration.bytesPerPrincipal
        if principal != SessionRoots.local, try await services.usage(of: principal).adding(from.bytes) > maximum {
            throw RPCError.quota(maximum: maximum)
        }
        let record = newRecord(
            for: principal, from.directory, agent: from.agent, key: request.clientSessionKey,
            mcpServers: from.mcpServers, title: request.title?.withoutControls ?? from.title)
        let room = room(atMost: services.configuration.sessionsPerPrincipal)
        let creation = try await services.readers.run(for: principal) { deadline in
            FailPoint.hit("server.create.begin")
            _ = try services.roots.folder(from.directory, for: principal)
            return try services.store.fork(record, plan, within: room, by: deadline)
        }
        guard let creation else { throw services.unknown(source.id) }
        return try await pinned(creation, for: principal)
    }
}
