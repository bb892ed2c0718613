import Platform
import Wire

/// What the agent asks of its client: its user's permission and input, files, and terminals.
extension ACPSession {
    func answer(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        switch method {
        case Method.requestPermission, Method.createElicitation: return try await ask(method, params)
        case Method.readTextFile: return try await files { files throws(RPCError) in try files.read(params) }
        case Method.writeTextFile: return try await files { files throws(RPCError) in try files.write(params) }
        case Method.createTerminal:
            return try await effect { () throws(RPCError) in
                try self.terminals.create(params) { self.terminalEnded($0) }
            }
        case Method.terminalOutput: return try terminals.output(params)
        case Method.waitForTerminal: return try await terminals.wait(params)
        case Method.killTerminal: return try terminals.kill(params)
        case Method.releaseTerminal: return try terminals.release(params)
        default: throw .methodNotFound(method)
        }
    }

    /// Asks the user. The name of a question is that of its tool call, and the how manieth of it in the turn it is, so
    /// that two questions of a turn never have one name.
    private func ask(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        let question = translation.question(params)
        let subject = question["toolCall"]?["toolCallId"]?.string ?? question["toolCallId"]?.string ?? method
        let (turn, name) = state.withLock { state -> (TurnID?, String) in
            state.questions[subject, default: 0] += 1
            return (state.turn.id, "\(subject)#\(state.questions[subject] ?? 0)")
        }
        guard let turn else {
            throw RPCError(.invalidRequest, "there is no turn in which the user could be asked")
        }
        do {
            if let answer = try await ruled(method, question, in: turn) { return answer }
            return try await withTaskCancellationHandler {
                try await host.ask(name, in: turn, method: method, params: question)
            } onCancel: {
                host.withdraw(name, in: turn)
            }
        } catch let failure as TurnFailure {
            throw .invalidParams(failure.sentence)
        } catch {
            throw RPCError(.requestCancelled, "the question was withdrawn")
        }
    }

    /// The answer of a rule to a question for a permission; `nil` when the user is asked.
    private func ruled(_ method: String, _ question: JSON, in turn: TurnID) async throws -> JSON? {
        guard method == Method.requestPermission else { return nil }
        let subject = PermissionSubject(
            of: question, folder: folder.place, path: folder.path)
        let decision = process.permissions.decision(on: subject, owner: folder.owner, isAttended: host.isAttended)
        guard let isAllowed = decision.isAllowed,
            let entry = decision.entry(on: question["toolCall"]?["toolCallId"]?.string ?? "")
        else { return nil }
        let asked = Wire.Question(key: "", turn: turn, method: method, params: question)
        let answer = asked.answer(isAllowed: isAllowed)
        // Not every agent offers an answer that holds once.
        guard !isAllowed || asked.decision(of: answer) == "allow_once" else { return nil }
        try await host.emit([entry], in: turn)
        return answer
    }

    private func files(
        _ body: @escaping @Sendable (ACPFiles) throws(RPCError) -> JSON
    ) async throws(RPCError) -> JSON {
        let files = ACPFiles(folder)
        return try await effect { () throws(RPCError) in try body(files) }
    }

    /// Does something outside of the journal: what was said before it is durable before, so that the journal never lacks
    /// the reason of an effect.
    private func effect(
        _ body: @escaping @Sendable () async throws(RPCError) -> JSON
    ) async throws(RPCError) -> JSON {
        do { try await host.flush() } catch { throw RPCError(.requestCancelled, "the session is being closed") }
        return try await body()
    }
}
