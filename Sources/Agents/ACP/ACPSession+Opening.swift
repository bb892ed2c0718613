import Platform
import Wire

/// How a session is opened: gone on with, where the agent can, or made anew.
extension ACPSession {
    static func open(
        _ context: SessionContext, host: any AgentHost, on process: ACPProcess, _ settings: ACPSettings
    ) async throws -> ACPSession {
        if let known = context.agentSessionID?.rawValue,
            let session = await goOn(known, context, host, process)
        {
            return session
        }
        let session = try await begin(context, host, process)
        session.state.withLock { $0.needsTranscript = true }
        do {
            try await tell(session, context, host, settings)
            await session.choose(asIn: context.options)
        } catch {
            process.forget(session)
            throw error
        }
        return session
    }

    /// Keeps the name of a new session, and says so if it takes the place of another.
    private static func tell(
        _ session: ACPSession, _ context: SessionContext, _ host: any AgentHost, _ settings: ACPSettings
    ) async throws {
        try await host.remember(AgentSessionID(session.id))
        if context.agentSessionID != nil {
            let text =
                "\(settings.name) could not go on with its session, and began a new one: with the next prompt it "
                + "is given the messages of this chat"
            try await host.emit([.event(.note(text))], in: nil)
        }
    }

    /// Sets in a new session what was set in the one whose place it takes. What the agent does not offer any more, or
    /// refuses, stays as it is: clients are told of what is set.
    private func choose(asIn options: [JSON]) async {
        for option in options {
            guard let id = option["id"]?.string, let value = option["currentValue"],
                let offered = offers.settings.first(where: { $0["id"]?.string == id }),
                offered["currentValue"] != value, let setting = try? offers.own(.option(id, value))
            else { continue }
            let (method, params) = setting.request(of: self.id)
            guard let result = try? await process.connection.request(method, params) else { continue }
            state.withLock { $0.offers.apply(setting, answered: result) }
        }
    }

    /// What `session/new`, `session/load` and `session/resume` are given. Of the servers of tools an agent is named those that
    /// it can reach.
    private static func parameters(_ context: SessionContext, _ process: ACPProcess, _ id: String? = nil) -> JSON {
        let kinds = process.peer?.serverKinds ?? []
        return .object(of: [
            "sessionId": id.map { .string($0) },
            "cwd": .string(context.folder.place),
            "mcpServers": .array(
                context.mcpServers.filter { server in server["type"]?.string.map { kinds.contains($0) } ?? true }),
        ])
    }

    /// Goes on with a session that the agent had.
    ///
    /// - Returns: `nil` when the agent cannot, or does not know the session any more.
    private static func goOn(
        _ id: String, _ context: SessionContext, _ host: any AgentHost, _ process: ACPProcess
    ) async -> ACPSession? {
        guard let peer = process.peer, peer.resumes || peer.loads else { return nil }
        // Known to the process before the agent is asked, since the agent may repeat the session before it answers.
        let session = ACPSession(id, context, host, process)
        session.state.withLock { $0.isMuted = true }
        process.add(session, as: id)
        do {
            let result = try await process.connection.request(
                peer.resumes ? Method.resumeSession : Method.loadSession, parameters(context, process, id),
                first: { _ in session.state.withLock { $0.isMuted = false } })
            session.offer(result)
            return session
        } catch {
            process.forget(session)
            return nil
        }
    }

    private static func begin(
        _ context: SessionContext, _ host: any AgentHost, _ process: ACPProcess
    ) async throws -> ACPSession {
        let opened = Locked<ACPSession?>(nil)
        let result: JSON
        do {
            result = try await process.connection.request(
                Method.newSession, parameters(context, process),
                first: { result in
                    // What the agent says of the session behind its answer is the session's already.
                    guard let id = result["sessionId"]?.string, Name.isValid(id) else { return }
                    let session = ACPSession(id, context, host, process)
                    process.add(session, as: id)
                    opened.withLock { $0 = session }
                })
        } catch let error as RPCError {
            throw process.failure(error)
        }
        guard let session = opened.withLock({ $0 }) else {
            throw ACPFailure.refused(
                name: process.settings.name, "it answered '\(Method.newSession)' without a usable 'sessionId'")
        }
        session.offer(result)
        return session
    }
}

extension ACPProcess {
    /// The failure that an error of the agent is.
    func failure(_ error: RPCError) -> ACPFailure {
        error.code == .authRequired
            ? .signIn(name: settings.name, methods: peer?.signIns ?? [])
            : .refused(name: settings.name, error.message.withoutControls)
    }
}
