import Platform
import Wire

/// Files and terminals: those of a client that offers them, such as an editor, or else those of the host. Both are confined to
/// the session's folder, and an agent does not see which it has.
extension ACPSession {
    /// The most time that a client has for anything but a command that runs.
    private static let answerMaximum = Duration.seconds(60)

    /// Reads or writes a file. One that no client has done, or of which it is not known, is the host's to do: to do it twice
    /// is as to do it once.
    func file(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        let files = ACPFiles(folder)
        let seen = try files.asSeenByClients(params)
        try await flush()
        switch await call(method, seen, of: nil) {
        case .done(let result, _): return result
        // Of what an editor shows. The file itself may be read in parts.
        case .refused(let error) where error.reason != ClientCall.tooLong: throw error
        case .refused, .nobody, .gone:
            return method == Method.readTextFile ? try files.read(params) : try files.write(params)
        }
    }

    /// Starts a command.
    func create(_ params: JSON) async throws(RPCError) -> JSON {
        let seen = try terminals.asSeenByClients(params)
        try await flush()
        switch await call(Method.createTerminal, seen, of: nil) {
        case .nobody: return try terminals.create(params) { self.terminalEnded($0) }
        case .refused(let error): throw error
        case .gone: throw RPCError(.internalError, "the client went away before it said whether the command began")
        case .done(let result, let peer):
            let id = try result.requiredString("terminalId")
            return ["terminalId": .string(try terminals.add(id, of: peer))]
        }
    }

    /// Asks about a command, or ends it.
    func terminal(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        let name = try params.requiredString("terminalId")
        guard let own = terminals.atClient(name) else { return try await terminals.answer(method, params) }
        // What it has shown is kept, before it is forgotten there.
        if method == Method.releaseTerminal { await keep(name, own) }
        switch await call(method, ["terminalId": .string(own.id)], of: own.peer) {
        case .refused(let error): throw error
        case .nobody, .gone:
            terminals.forget(name)
            terminalEnded(name)
            throw RPCError(.resourceNotFound, "the client that ran the command has gone away")
        case .done(let result, _):
            if method == Method.waitForTerminal { await keep(name, own) }
            if method == Method.releaseTerminal { terminals.forget(name) }
            return result
        }
    }

    /// Ends the commands of clients; nobody waits for that.
    func releaseTerminalsOfClients() {
        let remaining = terminals.forgetThoseOfClients()
        guard !remaining.isEmpty else { return }
        Task { [host] in
            for own in remaining {
                _ = await host.call(Method.releaseTerminal, ["terminalId": .string(own.id)], of: own.peer)
            }
        }
    }

    /// Has what a client's terminal has shown journaled in its tool call: other clients cannot ask for it.
    private func keep(_ name: String, _ own: ACPTerminals.AtClient) async {
        let outcome = await call(Method.terminalOutput, ["terminalId": .string(own.id)], of: own.peer)
        guard case .done(let result, _) = outcome, let text = result["output"]?.string else { return }
        terminals.keep(text, of: name)
        terminalEnded(name)
    }

    private func call(_ method: String, _ params: JSON, of peer: ClientPeer?) async -> ClientCallOutcome {
        guard method != Method.waitForTerminal else { return await host.call(method, params, of: peer) }
        let late = RPCError(
            .internalError, "the client did not answer within \(Self.answerMaximum.components.seconds) s")
        do {
            return try await withTimeLimit(Self.answerMaximum) {
                late
            } _: {
                await self.host.call(method, params, of: peer)
            }
        } catch { return .refused(late) }
    }
}
