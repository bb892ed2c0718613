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

    private func showingTerminals(_ call: ToolCall) -> ToolCall {
        let names = (call.content ?? []).compactMap(\.terminal)
        guard !names.isEmpty else { return call }
        state.withLock { state in
            for name in names { state.terminalCalls[name] = ToolCall(id: call.id, content: call.content) }
        }
        var shown = call
        shown.content = call.content?.map { element in
            guard let name = element.terminal else { return element }
            return ToolCall.textContent("```\n\(terminals.text(of: name) ?? "")\n```")
        }
        return shown
    }

    /// A command has ended: its tool call shows what it printed.
    func terminalEnded(_ name: String) {
        let (call, turn) = state.withLock { ($0.terminalCalls.removeValue(forKey: name), $0.turn.id) }
        guard let call else { return }
        let body = Entry.Body.update(.toolCallUpdate(showingTerminals(call)))
        Task { [host] in try? await host.emit([body], in: turn) }
    }
}

extension JSON {
    /// The terminal that an element of a tool call's content stands for.
    fileprivate var terminal: String? { self["type"] == "terminal" ? self["terminalId"]?.string : nil }
}
