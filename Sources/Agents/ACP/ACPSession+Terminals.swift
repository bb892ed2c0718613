import Platform
import Wire

/// Terminals in tool calls. The host runs them, so what they show is journaled as text: a client that comes back finds it
/// in the tool call, whether or not the terminal is still there.
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

    private func showingTerminals(_ call: ToolCall) -> ToolCall {
        guard let content = call.content else { return call }
        let names = Array(
            content.compactMap(\.terminal).filter { terminals.text(of: $0) != nil }.prefix(Self.shownMaximum))
        state.withLock { state in
            // Other content takes the place of what the call showed before.
            state.terminalCalls = state.terminalCalls.filter { $0.value.id != call.id }
            for name in names { state.terminalCalls[name] = ToolCall(id: call.id, content: content) }
        }
        guard !names.isEmpty else { return call }
        var shown = call
        shown.content = content.map { element in
            guard let name = element.terminal, names.contains(name) else { return element }
            return ToolCall.textContent("```\n\(terminals.text(of: name) ?? "")\n```")
        }
        return shown
    }

    /// A command has ended: its tool call shows what it printed.
    func terminalEnded(_ name: String) {
        let (call, turn) = state.withLock { ($0.terminalCalls.removeValue(forKey: name), $0.turn.id) }
        guard let call else { return }
        let body = Entry.Body.update(.toolCallUpdate(showingTerminals(call)))
        state.withLock { $0.terminalCalls[name] = nil }
        Task { [host] in try? await host.emit([body], in: turn) }
    }
}

extension JSON {
    /// The terminal that an element of a tool call's content stands for.
    fileprivate var terminal: String? { self["type"] == "terminal" ? self["terminalId"]?.string : nil }
}
