extension SlashCommand {
    static let help = SlashCommand("help", "show the keys and the commands") { model, _ in
        model.showHelp()
        return .done([])
    }
}

extension Model {
    /// Opens the page of keys and commands, or closes it.
    mutating func showHelp() {
        if page?.title == TextPage.helpTitle {
            page = nil
            return
        }
        page = TextPage(title: TextPage.helpTitle, sections: [TextPage.keys, TextPage.commands] + agentCommandsSection)
    }

    private var agentCommandsSection: [TextPage.Section] {
        let commands = agentCommands.map { TextPage.Row(term: $0.usage, text: $0.description) }
        return commands.isEmpty
            ? [] : [TextPage.Section("Commands of \(agent.isEmpty ? "the agent" : agent)", commands)]
    }
}

extension TextPage {
    static let helpTitle = "Help"

    static let keys = Section("Keys", KeyHelp.all.map { Row(term: $0.keys.joined(separator: ", "), text: $0.does) })

    static let commands = Section(
        "Commands",
        SlashCommand.all.map { command in
            let also = command.aliases.map { "/\($0)" }.joined(separator: ", ")
            return Row(term: command.usage, text: command.help + (also.isEmpty ? "" : " (also \(also))"))
        } + [Row(term: "//TEXT", text: "send a prompt that begins with a slash")])
}
