import Sync
import Wire

/// The commands that say what is known of the session and its connection.
extension SlashCommand {
    static let net = SlashCommand("net", "show the last resumes: why, and where their time went") { model, _ in
        model.page = model.networkPage
        return .done([])
    }

    static let memory = SlashCommand("memory", "show what the agent remembers in this session") { model, _ in
        model.page = model.memoryPage
        return .done([])
    }
}

extension Model {
    fileprivate var networkPage: TextPage {
        let resumes = network.resumes.reversed().map { resume in
            let parts = resume.measured.parts(paint: resume.paint).map { "\($0.name) \(TimeText.latency($0.took))" }
            let cause = resume.measured.cause?.label ?? "the connection ended"
            let replayed = "\(resume.measured.events) entries replayed"
            return TextPage.Row(
                term: "\(TimeText.clock(resume.at, zone))  \(TimeText.latency(resume.measured.latency))",
                text: (["\(cause): \(parts.joined(separator: ", "))", replayed]).joined(separator: "; "))
        }
        var now = [TextPage.Row(term: "round trip", text: connection.roundTrip.map(TimeText.latency) ?? "not measured")]
        if let path = network.path {
            let name = [path.interface, path.address].filter { !$0.isEmpty }.joined(separator: ", ")
            now.append(TextPage.Row(term: "way", text: name + (network.change.map { changed($0) } ?? "")))
        }
        if let half = network.percentile(0.5), let most = network.percentile(0.95) {
            now.append(
                TextPage.Row(
                    term: "resumes",
                    text: "\(network.resumes.count), p50 \(TimeText.latency(half)), p95 \(TimeText.latency(most))"))
        }
        let none = TextPage.Row(term: "none", text: "The connection was not lost since this chat was opened.")
        return TextPage(
            title: "Connection",
            sections: [
                TextPage.Section("Now", now),
                TextPage.Section("Resumes, newest first", resumes.isEmpty ? [none] : Array(resumes)),
            ])
    }

    private func changed(_ change: NetworkLog.Change) -> String {
        let from = change.from.map { " from \($0.name(besides: change.to))" } ?? ""
        return "; changed\(from) at \(TimeText.clock(change.at, zone))"
    }

    fileprivate var memoryPage: TextPage {
        let rows = activity.memory.sorted { $0.key < $1.key }.map { key, value in
            TextPage.Row(term: key.label, text: (value.string ?? value.text).label)
        }
        let none = TextPage.Row(term: "nothing", text: "The agent has kept nothing in this session.")
        return TextPage(title: "Memory", sections: [TextPage.Section("Of this session", rows.isEmpty ? [none] : rows)])
    }
}
