extension Question {
    /// The answer of someone who allows everything once, or nothing.
    ///
    /// Only options that hold once are chosen: an answer without a user never decides what comes later. What cannot be
    /// answered by a choice is declined.
    public func answer(isAllowed: Bool) -> JSON {
        guard method == Method.requestPermission else { return ["action": "decline"] }
        let wanted = isAllowed ? "allow_once" : "reject_once"
        let option = params["options"]?.array?.first { $0["kind"]?.string == wanted }?["optionId"]
        return option.map { ["outcome": ["outcome": "selected", "optionId": $0]] } ?? cancelledAnswer
    }

    /// What an answer says, in ACP's words: the kind of the option that it chooses, or its outcome.
    public func decision(of answer: JSON) -> String {
        if let action = answer["action"]?.string { return action }
        let outcome = answer["outcome"]
        guard let option = outcome?["optionId"] else { return outcome?["outcome"]?.string ?? "cancelled" }
        return params["options"]?.array?.first { $0["optionId"] == option }?["kind"]?.string ?? "selected"
    }

    /// The command that would be run, if the tool call says it: as a line, or as the words of one.
    public var command: String? { Question.command(in: params["toolCall"]?["rawInput"]) }

    /// The command in the input of a tool call, which agents name in several ways.
    static func command(in input: JSON?) -> String? {
        let words = input?["command"] ?? input?["cmd"]
        return words?.string ?? words?.array?.compactMap(\.string).joined(separator: " ")
    }

    /// What the tool call would change in files, if it says so (ACP's `diff`).
    public var edits: [(path: String, script: EditScript)] {
        (params["toolCall"]?["content"]?.array ?? []).filter { $0["type"] == "diff" }.map { item in
            (
                item["path"]?.string ?? "",
                EditScript(from: item["oldText"]?.string ?? "", to: item["newText"]?.string ?? "")
            )
        }
    }

    /// What is asked, in one line: the title of the tool call, or the message.
    public var subject: String {
        params["toolCall"]?["title"]?.string ?? params["message"]?.string ?? method
    }
}
