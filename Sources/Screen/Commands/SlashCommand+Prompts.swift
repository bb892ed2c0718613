import Sync
import Wire

/// The commands about what was sent, what waits, and what was answered.
extension SlashCommand {
    static let queue = SlashCommand("queue", "show the prompts that wait to be sent") { model, _ in
        model.page = model.queuePage
        return .done([])
    }

    static let retry = SlashCommand("retry", "send the last prompt again") { model, call in
        if model.turn != nil, model.isLive { return .refused("A turn runs: /stop stops it.") }
        if model.outbox.waiting.contains(where: \.isRefused) {
            return .refused("The last one was not accepted: \(model.glyphs.upKey) takes it back, Enter sends it.")
        }
        guard let prompt = model.prompts.newestFirst.first else { return .refused("Nothing was sent yet.") }
        return .done(model.send(prompt))
    }

    static let permissions = SlashCommand(
        "permissions", "show what the agent was allowed and refused, and by whom"
    ) { model, _ in
        model.page = model.permissionsPage
        return .done([])
    }

    static let write = SlashCommand(
        "write", arguments: .required("FILE"), "write the last code or message in view into a new file"
    ) { model, call in
        guard let part = model.lastPart(now: call.now, wallClock: call.wallClock) else {
            return .refused("There is nothing to write in view.")
        }
        return .done([.write(part.text, what: part.what, to: call.argument)])
    }
}

extension OutboxItem {
    fileprivate var isRefused: Bool { if case .refused = state { true } else { false } }
}

extension Model {
    fileprivate var queuePage: TextPage {
        let rows = outbox.waiting.map { item in
            let state =
                switch item.state {
                case .sent: "sent, not confirmed"
                case .pending: "waits"
                case .refused(let reason): "not accepted: \(reason.label)"
                }
            return TextPage.Row(
                term: TimeText.clock(item.createdAt, zone), text: "\(state): \(item.content.said.label)")
        }
        let none = TextPage.Row(term: "none", text: "Everything that was sent is confirmed by the server.")
        let title = "Waiting, oldest first; \(glyphs.upKey) takes back the last that has not gone out"
        return TextPage(title: "Queue", sections: [TextPage.Section(title, rows.isEmpty ? [none] : rows)])
    }

    fileprivate var permissionsPage: TextPage {
        let open = box.questions.map { question in
            TextPage.Row(term: question.given.map { "answered \($0)" } ?? "waits for you", text: question.text.label)
        }
        let made = activity.decisions.made.reversed().map { decision in
            let by = decision.by.isEmpty ? "" : ", by \(decision.by)"
            let answer = decision.answer ?? "stopped"
            return TextPage.Row(
                term: "\(TimeText.clock(decision.at, zone))  \(answer)", text: decision.subject + by)
        }
        let none = TextPage.Row(term: "none", text: "The agent has asked for nothing yet.")
        let modes = options.filter { $0.category == ConfigOption.mode }.map { option in
            TextPage.Row(term: option.current.label, text: "of \(option.name.label): Shift-Tab takes the next")
        }
        let rules = TextPage.Row(
            term: "rules", text: "What is always allowed or refused stands in belayd.toml, [permissions]: belayd(8)")
        return TextPage(
            title: "Permissions",
            sections: (open.isEmpty ? [] : [TextPage.Section("Open", open)]) + [
                TextPage.Section("Answered, newest first", made.isEmpty ? [none] : made),
                TextPage.Section("What holds without asking", modes + [rules]),
            ])
    }

    /// Takes the next mode of the agent, such as another way of asking for permission.
    mutating func nextMode(now: Instant) -> [Command] {
        let option = options.first { $0.category == ConfigOption.mode }
        guard let option, case .select(let current, let choices) = option.setting, choices.count > 1 else {
            flash("\(agent.isEmpty ? "The agent" : agent.label) has no modes to choose from.", now: now)
            return []
        }
        let index = choices.firstIndex { $0.value == current } ?? -1
        let next = choices[(index + 1) % choices.count]
        flash("\(option.name.label): \(next.name.label)", now: now)
        return [.set(.option(option.id, .string(next.value)))]
    }
}
