import Wire

/// Makes entries of the journal of what an agent says.
///
/// An agent's identifiers of tool calls and messages are its own, and one that is started anew may use them again. In the
/// journal they are preceded by a prefix that is the same as long as the agent goes on with the same session.
struct ACPTranslation: Hashable, Sendable {
    let prefix: String

    /// - Parameter session: The agent's own name for the session.
    init(_ session: String) {
        prefix = String(FNV1a.name(of: session).suffix(6))
    }

    /// The entry of an update.
    ///
    /// - Returns: `nil` for an update that is not the agent's to make: the journal has the user's messages already.
    /// - Throws: ``RPCError`` for an update that cannot be read.
    func body(of update: JSON) throws(RPCError) -> Entry.Body? {
        // Before it is read: an agent's identifiers are any strings, and the journal's are names.
        let update = try SessionUpdate(json: translated(identifiersOf: update.withoutLayer))
        if case .userMessage = update { return nil }
        return .update(update)
    }

    /// The parameters of a question, with the identifiers of the journal and without the agent's session.
    func question(_ params: JSON) -> JSON {
        guard case .object(let members) = params.withoutLayer else { return params }
        return .object(
            members.filter { $0.key != "sessionId" }.map { member in
                switch member.key {
                case "toolCall": JSON.Member(member.key, translated(identifiersOf: member.value))
                case "toolCallId": JSON.Member(member.key, member.value.string.map { .string(identifier($0)) } ?? .null)
                default: member
                }
            })
    }

    private func translated(identifiersOf json: JSON) -> JSON {
        guard case .object(let members) = json else { return json }
        return .object(
            members.map { member in
                guard ["toolCallId", "messageId"].contains(member.key), let own = member.value.string else {
                    return member
                }
                return JSON.Member(member.key, .string(identifier(own)))
            })
    }

    /// An identifier as it is journaled; one that is too long with the prefix, or no name, by its hash.
    func identifier(_ own: String) -> String {
        let joined = "\(prefix).\(own)"
        return Name.isValid(joined) ? joined : "\(prefix).\(FNV1a.name(of: own))"
    }
}

extension JSON {
    /// Without `_meta.belay`, which only the server writes.
    fileprivate var withoutLayer: JSON {
        guard case .object(let members) = self, case .object(let meta)? = self["_meta"] else { return self }
        let kept = meta.filter { $0.key != "belay" }
        guard kept.count < meta.count else { return self }
        return .object(
            members.compactMap { member in
                guard member.key == "_meta" else { return member }
                return kept.isEmpty ? nil : JSON.Member("_meta", .object(kept))
            })
    }
}
