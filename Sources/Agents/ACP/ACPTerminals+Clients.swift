import Platform
import Wire

/// Terminals that a client of the user runs, such as an editor.
extension ACPTerminals {
    /// A terminal at a client.
    struct AtClient: Hashable, Sendable {
        /// Its name there.
        var id: String
        var peer: ClientPeer
    }

    /// The parameters of `terminal/create` as a client is given them, whose session has the folder by the path that it named.
    /// The working folder is always among them: not every client has that of the session in mind.
    ///
    /// - Throws: ``RPCError`` for a working folder that is not in the session's.
    func asSeenByClients(_ params: JSON) throws(RPCError) -> JSON {
        let place = try directory(params["cwd"]?.string)
        let seen = folder.below(place).map { folder.path(to: $0) } ?? folder.path
        return .object((params.members ?? []).filter { $0.key != "cwd" } + [JSON.Member("cwd", .string(seen))])
    }

    /// Takes note of a terminal that a client has begun.
    ///
    /// - Returns: The name that the agent has for it: the client's own, so that it knows it in tool calls, unless another has
    ///   that name.
    /// - Throws: ``RPCError`` at the bound on how many terminals there are.
    func add(_ id: String, of peer: ClientPeer) throws(RPCError) -> String {
        try state.withLock { state throws(RPCError) in
            guard state.atClients.count < Self.countMaximum else {
                throw RPCError(
                    .internalError, "the session has \(Self.countMaximum) terminals: release one before another begins")
            }
            let name = state.free(id)
            state.atClients[name] = AtClient(id: id, peer: peer)
            return name
        }
    }

    /// The terminal of a client that has this name.
    func atClient(_ name: String) -> AtClient? { state.withLock { $0.atClients[name] } }

    /// Keeps what it has shown: the newest.
    func keep(_ text: String, of name: String) {
        let tail = String(decoding: text.utf8.suffix(RunningCommand.tailBytes), as: UTF8.self).withoutControls
        state.withLock { $0.keep(tail, of: name) }
    }

    /// Forgets a terminal of a client; what it has shown stays.
    func forget(_ name: String) { state.withLock { $0.atClients[name] = nil } }

    /// Forgets all of clients.
    func forgetThoseOfClients() -> [AtClient] {
        state.withLock { state in
            defer { state.atClients = [:] }
            return Array(state.atClients.values)
        }
    }
}
