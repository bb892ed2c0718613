import Wire

/// Questions across a lost connection (`protocol.md` §9): they stay open while no client is attached, are asked again
/// under the same key, and are answered once.
extension SessionLedger {
    /// The agent asks. A key that is already open is the same question: an agent that resumes after a restart asks
    /// again, and the user must not see it twice.
    mutating func ask(_ question: Question, _ correlation: CorrelationID, at now: Moment) -> [LedgerEffect] {
        if let answer = state.answers[question.key] { return [.answer(correlation, answer)] }
        if askers[question.key] != nil || state.openQuestion(question.key) != nil {
            askers[question.key, default: []].append(correlation)
            return []
        }
        guard askers.count < limits.questionsOpen else { return [.answer(correlation, question.cancelledAnswer)] }
        askers[question.key] = [correlation]
        return append(.question(question), at: now)
    }

    /// A client answers. A second answer, and one that is not valid for the method, is ignored.
    mutating func resolve(_ resolution: Question.Resolution, at now: Moment) -> [LedgerEffect] {
        let key = resolution.key
        guard let open = state.openQuestion(key), open.question.takes(resolution.answer), !isResolving(key) else {
            return []
        }
        return append(.resolution(resolution), at: now)
    }

    /// The agent does not want the answer any more: the question is closed as cancelled, also one that is not durable
    /// yet. One that is answered, or being answered, is left as it is.
    mutating func withdraw(_ key: RequestKey, at now: Moment) -> [LedgerEffect] {
        guard let question = unanswered(key), !isResolving(key) else { return [] }
        return append(
            .resolution(Question.Resolution(key: key, answer: question.cancelledAnswer, by: nil)), at: now)
    }

    /// The question of that key that is open, or will be when what waits is stored.
    private func unanswered(_ key: RequestKey) -> Question? {
        if let open = state.openQuestion(key) { return open.question }
        for case .question(let question) in drafts + (inFlight?.drafts ?? []) where question.key == key {
            return question
        }
        return nil
    }

    /// Answers all questions of a turn that is being stopped with `cancelled`, as ACP requires.
    mutating func cancelQuestions(of turn: TurnID) {
        for question in state.requests.map(\.question) where question.turn == turn && !isResolving(question.key) {
            let resolution = Question.Resolution(key: question.key, answer: question.cancelledAnswer, by: nil)
            drafts.append(.resolution(resolution))
        }
    }

    private func isResolving(_ key: RequestKey) -> Bool {
        (drafts + (inFlight?.drafts ?? [])).contains { draft in
            if case .resolution(let resolution) = draft { resolution.key == key } else { false }
        }
    }

    /// The questions that will be open once the batch is durable.
    func openQuestions(in batch: Batch) -> [Question] {
        var open = state.requests.map(\.question)
        for entry in batch.entries {
            switch entry.body {
            case .event(.request(let question)): open.append(question)
            case .event(.requestResolved(let resolution)): open.removeAll { $0.key == resolution.key }
            case .event, .update: break
            }
        }
        return open
    }

    func isOpen(_ key: RequestKey, in batch: Batch) -> Bool {
        openQuestions(in: batch).contains { $0.key == key }
    }

    /// Resumes the agents that wait for an answer.
    mutating func answer(_ question: Question, _ answer: JSON) -> [LedgerEffect] {
        (askers.removeValue(forKey: question.key) ?? []).map { .answer($0, answer) }
    }

    /// Sends the questions and answers of a durable batch.
    mutating func settleQuestions(of batch: Batch) -> [LedgerEffect] {
        var effects: [LedgerEffect] = []
        for entry in batch.entries {
            guard case .event(.requestResolved(let resolution)) = entry.body else { continue }
            effects += subscribers.keys.sorted().map { .withdraw($0, resolution.key) }
            effects += (askers.removeValue(forKey: resolution.key) ?? []).map { .answer($0, resolution.answer) }
        }
        return effects
    }

    /// Sends all open questions to a connection that is current.
    func reissue(to connection: ConnectionID) -> [LedgerEffect] {
        state.requests.map { .ask(connection, $0.question, seq: $0.seq, isReissue: true) }
    }
}
