import Wire

/// Looks up memory variables.
struct RecallStep {
    /// How many are recorded, and so shown, at most.
    static let variablesMaximum = 50

    /// The subject; `nil` for all variables.
    let about: String?

    func run(_ record: inout TurnRecord) async throws {
        let memory = record.turn.state.memory
        let keys = about.map { Memory.matching($0, in: memory) } ?? memory.keys.sorted()
        try await recall(keys, title: "Recall what is remembered", &record)
    }

    /// Before a question: recalls the preferred length of answers, and notes about the subject. Makes no call when
    /// nothing is remembered.
    func bringToMind(_ record: inout TurnRecord) async throws {
        let memory = record.turn.state.memory
        guard !memory.isEmpty || record.recorded(.recall) != nil else { return }
        let words = Words.folded(in: record.turn.text).prefix(256)
        let stems = words.filter { word in
            word.utf8.count > 1 && !Vocabulary.functionWords.contains(word) && !Vocabulary.weak.contains(word)
        }
        .map(Words.stem)
        let isAboutUser = !Set(words).isDisjoint(with: ["my", "me", "i"])
        let relevant = memory.keys.sorted().filter { key in
            if key == Memory.answersKey { return true }
            // The key `name` would match too many questions.
            if key == Memory.nameKey, !isAboutUser { return false }
            let words = Words.vocabulary(of: key + " " + (memory[key]?.string ?? ""))
            return stems.contains { stem in words.contains { Words.isForm($0, ofStem: stem) } }
        }
        try await recall(relevant, title: "Recall what bears on the question", &record)
    }

    private func recall(
        _ keys: [String], title: String, _ record: inout TurnRecord
    ) async throws {
        let memory = record.turn.state.memory
        let request = ToolRequest(
            tool: .recall, title: title, input: .object(of: ["about": about.map { .string($0) }]))
        _ = try await record.call(request) { _ in
            let kept = keys.prefix(RecallStep.variablesMaximum)
            let variables = kept.map { JSON.Member($0, memory[$0] ?? .null) }
            let lines = variables.map { "\($0.key): \(Markdown.printable(Memory.text(of: $0.value)))" }
            return ToolResult(
                output: ["variables": .object(variables), "count": .integer(Int64(keys.count))],
                content: lines.isEmpty ? "Nothing." : lines.joined(separator: "\n"))
        }
    }
}
