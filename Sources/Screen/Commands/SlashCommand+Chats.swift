import Sync

/// The commands that go from one chat to another, or away.
extension SlashCommand {
    static let new = SlashCommand("new", aliases: ["clear"], "start a new chat with the same agent") { _, _ in
        .done([.newSession(agent: nil)])
    }

    static let agent = SlashCommand(
        "agent", arguments: .required("NAME"), "start a new chat with another agent", choices: { $0.connection.agents }
    ) { _, call in
        .done([.newSession(agent: call.argument)])
    }

    static let fork = SlashCommand(
        "fork", arguments: .optional("TITLE"), "go on in a copy of this chat; the chat stays as it is"
    ) { _, call in
        .done([.forkSession(key: nil, title: call.argument.isEmpty ? nil : call.argument)])
    }

    static let sessions = SlashCommand("sessions", "go to another chat") { _, _ in .done([.listSessions]) }

    static let resume = SlashCommand("resume", "from an expired chat, go to where it continues; otherwise as /sessions")
    {
        model, _ in .done([model.next.map { .openSession($0) } ?? .listSessions])
    }

    static let stop = SlashCommand("stop", "stop the turn that runs or is about to begin") { _, _ in
        .done([.cancelTurn])
    }

    static let quit = SlashCommand("quit", aliases: ["exit"], "leave; a running turn goes on at the server") { _, _ in
        .done([.quit])
    }
}
