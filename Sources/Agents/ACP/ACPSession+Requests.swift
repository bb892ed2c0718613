import Platform
import Wire

/// What the agent asks of its client: its user's permission and input, files, and terminals.
extension ACPSession {
    func answer(_ method: String, _ params: JSON) async throws(RPCError) -> JSON {
        switch method {
        case Method.requestPermission, Method.createElicitation: return try await ask(method, params)
        case Method.readTextFile, Method.writeTextFile: return try await file(method, params)
        case Method.createTerminal: return try await create(params)
        case Method.terminalOutput, Method.waitForTerminal, Method.killTerminal, Method.releaseTerminal:
            return try await terminal(method, params)
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

    /// Before an effect outside of the journal: what was said before it is durable before it, so that the journal never lacks
    /// its reason.
    func flush() async throws(RPCError) {
        do { try await host.flush() } catch { throw RPCError(.requestCancelled, "the session is being closed") }
    }
}
