import Wire

/// A command of the agent (ACP, Slash Commands): it is sent to it as a prompt.
struct AgentCommand: Hashable, Sendable {
    /// The most commands of an agent that are kept; the rest of a longer list is left out.
    static let maximum = 256

    /// The name without a slash; one printable word.
    var name: String
    var description: String
    /// What is expected after the name; empty when nothing is.
    var hint: String

    /// The commands that an update announces, in place of all earlier ones; `nil` when it is another update.
    static func announced(in update: JSON) -> [AgentCommand]? {
        guard update["sessionUpdate"]?.string == "available_commands_update" else { return nil }
        let commands = update["availableCommands"]?.array ?? []
        return commands.prefix(maximum).compactMap(AgentCommand.init)
    }

    private init?(_ json: JSON) {
        guard let name = json["name"]?.string, !name.isEmpty, name == name.label, !name.contains(where: \.isWhitespace)
        else { return nil }
        self.name = name
        description = json["description"]?.string?.label ?? ""
        hint = json["input"]?["hint"]?.string?.label ?? ""
    }

    /// What is typed to call it: with two slashes when the client has a command with that name.
    var typed: String { SlashCommand.named(name) == nil ? "/\(name)" : "//\(name)" }

    var usage: String { hint.isEmpty ? typed : "\(typed) \(hint)" }
}
