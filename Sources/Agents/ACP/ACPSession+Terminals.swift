import Platform
import Wire

/// Terminals in tool calls. What they show is journaled as text, while they run and when they have ended: a client that comes
/// back finds it in the tool call, whether or not the terminal is still there.
extension ACPSession {
    /// The entry with the text of each terminal in place of its name.
    func showingTerminals(_ body: Entry.Body) -> Entry.Body {
        switch body {
        case .update(.toolCall(let call)): .update(.toolCall(showingTerminals(call)))
        case .update(.toolCallUpdate(let call)): .update(.toolCallUpdate(showingTerminals(call)))
        case .update, .event: body
        }
    }

    /// The most terminals that one tool call shows.
    private static let shownMaximum = 8
    /// The most tool calls whose content is kept: more than commands can run.
    private static let contentsMaximum = 4 * ACPTerminals.countMaximum

    private func showingTerminals(_ call: ToolCall) -> ToolCall {
        guard let content = call.content else { return call }
        let shown = content.compactMap(\.terminal).prefix(Self.shownMaximum)
        let names = shown.filter { terminals.text(of: $0) != nil || terminals.atClient($0) != nil }
        state.withLock { state in
            // Other content takes the place of what the call showed before.
            state.terminalCalls = state.terminalCalls.filter { $0.value.id != call.id }
            for name in names { state.terminalCalls[name] = ToolCall(id: call.id, content: content) }
            if !names.isEmpty || state.terminalContents[call.id] != nil { state.terminalContents[call.id] = content }
            if state.terminalContents.count > Self.contentsMaximum { state.terminalContents = [call.id: content] }
        }
        guard !names.isEmpty else { return call }
        follow()
        return withTexts(call)
    }

    private func withTexts(_ call: ToolCall) -> ToolCall {
        var shown = call
        shown.content = call.content?.map { element in
            // That of a client is left to the client until it has ended.
            guard let name = element.terminal, let text = terminals.text(of: name) else { return element }
            return ToolCall.textContent("```\n\(text)\n```")
        }
        return shown
    }

    /// A command has ended: its tool call shows what it printed.
    func terminalEnded(_ name: String) {
        let (call, turn) = state.withLock { ($0.terminalCalls.removeValue(forKey: name), $0.turn.id) }
        guard let call else { return }
        show(call, in: turn)
    }

    private func show(_ call: ToolCall, in turn: TurnID?) {
        Task { [host] in try? await host.emit([.update(.toolCallUpdate(withTexts(call)))], in: turn) }
    }

    // MARK: While they run

    /// The pause between two looks at what commands print: it grows with the time that they run, so that one that prints for
    /// days does not fill the journal.
    private static func pause(after time: Duration) -> Duration {
        min(.seconds(30), max(.milliseconds(500), time / 20))
    }

    /// Journals what commands print, until none runs that a tool call shows.
    private func follow() {
        state.withLock { state in
            guard state.tail == nil, !state.isClosed else { return }
            state.tail = Task { [weak self] in
                let begin = ContinuousClock.now
                var shown: [String: String] = [:]
                repeat {
                    try? await Task.sleep(for: Self.pause(after: .now - begin))
                } while await self?.showTails(&shown) ?? false
            }
        }
    }

    /// - Returns: Whether one still runs.
    private func showTails(_ shown: inout [String: String]) async -> Bool {
        let (calls, turn) = state.withLock { state in
            let runs = !state.isClosed && !Task.isCancelled && terminals.isRunning(state.terminalCalls.keys)
            if !runs { state.tail = nil }
            return (runs ? state.terminalCalls : [:], state.turn.id)
        }
        for (name, call) in calls.sorted(by: { $0.key < $1.key }) where terminals.isRunning([name]) {
            guard let text = terminals.text(of: name), !text.isEmpty, text != shown[name] else { continue }
            shown[name] = text
            try? await host.emit([.update(.toolCallUpdate(withTexts(call)))], in: turn)
            // What was said of the call meanwhile may stand before this: it is said again behind it.
            let content = state.withLock { $0.terminalContents[call.id] }
            guard let content, content != call.content || !terminals.isRunning([name]) else { continue }
            let newest = withTexts(ToolCall(id: call.id, content: content))
            try? await host.emit([.update(.toolCallUpdate(newest))], in: turn)
        }
        return !calls.isEmpty
    }

    /// The session is over: no command goes on.
    func endTerminals() {
        let tail = state.withLock { state in
            defer { state.tail = nil }
            return state.tail
        }
        tail?.cancel()
        terminals.releaseAll()
        releaseTerminalsOfClients()
    }
}

extension JSON {
    /// The terminal that an element of a tool call's content stands for.
    fileprivate var terminal: String? { self["type"] == "terminal" ? self["terminalId"]?.string : nil }
}
