import Wire

/// The commands that change what the agent offers to be set (ACP, Session Config Options).
extension SlashCommand {
    static let model = setting(of: "model", "show or choose the model")
    static let mode = setting(of: ConfigOption.mode, "show or choose the mode of the agent")

    static let config = SlashCommand(
        "config", arguments: .optional("OPTION VALUE"), "show or change what the agent offers to be set",
        choices: { $0.options.map(\.id.label) }
    ) { model, call in
        let words = call.argument.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let name = words.first else { return model.showOptions(model.options, "nothing to be set") }
        guard let option = model.options.first(where: { $0.id.lowercased() == name.lowercased() }) else {
            return .refused("There is no such option. /config lists them.")
        }
        return words.count == 1 ? model.showOptions([option], "") : model.choose(String(words[1]), of: option)
    }

    /// The command for the options of a kind.
    private static func setting(of category: String, _ help: String) -> SlashCommand {
        SlashCommand(
            category, arguments: .optional("NAME"), help,
            choices: { $0.options.first { $0.category == category }?.choiceNames.map(\.label) ?? [] }
        ) { model, call in
            guard let option = model.options.first(where: { $0.category == category }), !call.argument.isEmpty else {
                return model.showOptions(model.options.filter { $0.category == category }, "no \(category) to choose")
            }
            return model.choose(call.argument, of: option)
        }
    }
}

extension Model {
    /// The title of the page of what can be set.
    private static let optionsTitle = "Settings of the agent"

    /// Shows what can be set.
    ///
    /// - Parameter kind: What the sentence says that there is not, such as `no model to choose`.
    fileprivate mutating func showOptions(_ options: [ConfigOption], _ kind: String) -> SlashCommand.Outcome {
        guard !options.isEmpty else {
            return .refused("\(agent.isEmpty ? "The agent" : agent) offers \(kind), or has not been started yet.")
        }
        page = TextPage(
            title: Model.optionsTitle,
            sections: options.map { option in
                TextPage.Section("\(option.name.label): \(option.current.label)", option.rows)
            })
        return .done([])
    }

    fileprivate func choose(_ word: String, of option: ConfigOption) -> SlashCommand.Outcome {
        if let value = option.value(for: word) { return .done([.set(.option(option.id, value))]) }
        let names = option.choiceNames.map(\.label).joined(separator: ", ")
        return .refused("\(option.name.label) is one of: \(names)".clipped(to: 160, mark: glyphs.ellipsis))
    }
}

extension ConfigOption {
    fileprivate var rows: [TextPage.Row] {
        switch setting {
        case .toggle: [TextPage.Row(term: "on, off", text: "/config \(id.label) on")]
        case .select(let current, let choices):
            choices.map { choice in
                TextPage.Row(
                    term: choice.name.label,
                    text: (choice.value == current ? "* " : "  ") + (choice.description?.label ?? ""))
            }
        }
    }
}
