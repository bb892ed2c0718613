/// The command that changes the colours.
extension SlashCommand {
    static let theme = SlashCommand(
        "theme", arguments: .optional("NAME"), "take other colours; without a name, list the themes",
        choices: { $0.themeNames },
        run: { _, call in .done([.useTheme(call.argument.isEmpty ? nil : call.argument)]) })
}
