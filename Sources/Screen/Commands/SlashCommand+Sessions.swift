/// The commands for the chat on the screen, and for what was said in all.
extension SlashCommand {
    static let find = SlashCommand("find", arguments: .optional("WORDS"), "search what was said in all chats") {
        model, call in .done(model.beginFind(call.argument, isHere: false))
    }

    static let rename = SlashCommand("rename", arguments: .required("TITLE"), "give this chat another title") {
        _, call in .done([.renameSession(key: nil, title: call.argument)])
    }

    static let export = SlashCommand(
        "export", arguments: .optional("FORMAT"), "write this chat into a new file of the current folder: md or json",
        choices: { _ in ["md", "json"] }
    ) { _, call in
        guard ["", "md", "json"].contains(call.argument) else {
            return .refused("/export writes md, which is Markdown, or json.")
        }
        return .done([.exportSession(key: nil, format: call.argument)])
    }
}
