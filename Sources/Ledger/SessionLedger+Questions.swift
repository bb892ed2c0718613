import Wire

/// Questions across a drop (`protocol.md` §9): open while nobody is attached, asked again under one key, answered once.
extension SessionLedger {
    /// The agent asks. A key that is open already is the same question: an agent that goes on after the server died
    /// asks again, and its user is not to see it twice.
    mutating func ask(_ question: Question, _ ticket: Ticket, at now: Moment) -> [LedgerEffect] {
        if let answer = state.answers[question.key] { return [.answer(ticket, answer)] }
        if askers[question.key] != nil || state.openQuestion(question.key) != nil {
            askers[question.key, default: []].append(ticket)
            return []
        }
        guard askers.count < limits.questionsOpen else { return [.answer(ticket, question.cancelledAnswer)] }
        askers[question.key] = [ticket]
        return append(.question(question), at: now)
    }

    /// A client answers. Whoever comes second, and an answer that cannot be one, changes nothing.
    mutating func resolve(_ key: RequestKey, _ answer: JSON, by client: ClientID?, at now: Moment) -> [LedgerEffect] {
        guard let open = state.openQuestion(key), open.question.takes(answer), !isResolving(key) else { return [] }
        return append(.resolution(Question.Resolution(key: key, answer: answer, by: client)), at: now)
    }

    /// Answers all questions of a turn that is being stopped, as ACP wants it.
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

    /// The questions of a turn that are open behind a batch.
    func openQuestions(of turn: TurnID, in batch: Batch) -> [Question] {
        var open = state.requests.map(\.question)
        for entry in batch.entries {
            switch entry.body {
            case .event(.request(let question)): open.append(question)
            case .event(.requestResolved(let resolution)): open.removeAll { $0.key == resolution.key }
            case .event, .update: break
            }
        }
        return open.filter { $0.turn == turn }
    }

    func isOpen(_ key: RequestKey, in batch: Batch) -> Bool {
        guard let open = state.openQuestion(key) else { return false }
        return openQuestions(of: open.question.turn, in: batch).contains { $0.key == key }
    }

    /// Whoever waits for an answer gets it.
    mutating func answer(_ question: Question, _ answer: JSON) -> [LedgerEffect] {
        (askers.removeValue(forKey: question.key) ?? []).map { .answer($0, answer) }
    }

    /// What a durable batch asked and answered.
    mutating func settleQuestions(of batch: Batch) -> [LedgerEffect] {
        var effects: [LedgerEffect] = []
        for entry in batch.entries {
            guard case .event(.requestResolved(let resolution)) = entry.body else { continue }
            effects += subscribers.keys.sorted().map { .withdraw($0, resolution.key) }
            effects += (askers.removeValue(forKey: resolution.key) ?? []).map { .answer($0, resolution.answer) }
        }
        return effects
    }

    /// Asks a connection that is current whatever is open.
    func reissue(to connection: ConnectionID) -> [LedgerEffect] {
        state.requests.map { .ask(connection, $0.question, seq: $0.seq, isReissue: true) }
    }
}
