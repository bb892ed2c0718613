import Wire

extension Answer {
    /// The answer to `remember` and `forget`, from the recorded call.
    init(ofRemembering call: ToolCall?) {
        let output = call?.rawOutput
        if let reason = output?["error"]?.string {
            self.init("I did not remember that: \(reason).")
        } else if let keys = output?["forgotten"]?.array?.compactMap(\.string) {
            self.init(Answer.forgotten(keys))
        } else {
            let value = output?["value"].map(Memory.text) ?? ""
            self.init(Answer.remembered(output?["key"]?.string ?? "", value))
        }
    }

    /// Lists memory variables, all or those about a subject.
    init(recalled findings: Findings, about: String?) {
        guard !findings.variables.isEmpty else {
            self.init(
                about.map { "I remember nothing about “\(Markdown.printable($0))”." } ?? "I remember nothing yet.")
            return
        }
        var lines = findings.variables.map { "- \(Markdown.code($0.key)): \(Markdown.printable($0.value))" }
        let more = findings.variablesCount - lines.count
        if more > 0 { lines.append("- … and \(more) more") }
        self.init("I remember:", lines.joined(separator: "\n"))
    }

    /// A greeting, by name if one is remembered.
    init(greeting name: String?, directory: String) {
        let hello = name.map { "Hello, \(Markdown.printable($0))." } ?? "Hello."
        self.init("\(hello) Ask me about the files under \(Markdown.code(directory)).")
    }

    /// The answer to `help`.
    init(helpFor directory: String) {
        self.init(
            "I answer questions about the files under \(Markdown.code(directory)), without a language model: I search "
                + "them, read the best passages and quote them with their sources.",
            """
            - `Where is the configuration read?`, then `and where is that tested?`
            - `list the files in Sources`
            - `remember that I prefer short answers`, `what do you remember?`, `forget everything`
            """)
    }

    private static func remembered(_ key: String, _ value: String) -> String {
        switch (key, value) {
        case (Memory.answersKey, "short"): "I will keep my answers short."
        case (Memory.answersKey, _): "I will give long answers."
        case (Memory.nameKey, _): "I will remember your name, \(Markdown.printable(value))."
        case (_, _) where key.hasPrefix("note."): "I will remember that: \(Markdown.printable(value))."
        default: "I will remember \(Markdown.code(key)): \(Markdown.printable(value))."
        }
    }

    private static func forgotten(_ keys: [String]) -> String {
        switch keys.count {
        case 0: "I remember nothing of that kind, so there is nothing to forget."
        case 1...5: "I have forgotten \(keys.map(Markdown.code).joined(separator: ", "))."
        default: "I have forgotten \(keys.count) things."
        }
    }
}
