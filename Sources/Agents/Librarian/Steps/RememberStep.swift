import Wire

/// Sets a memory variable, or deletes some.
struct RememberStep {
    let limits: LibrarianLimits
    let intent: Understanding.Intent

    func run(_ record: inout TurnRecord) async throws {
        let memory = record.turn.state.memory
        let written = record.memoryWritten
        switch intent {
        case .remember(let statement):
            let (key, value) = Memory.variable(for: statement, existing: memory)
            let bytes = value.utf8.count
            let isTooLong = bytes > limits.memoryBytes
            let request = ToolRequest(
                tool: .remember, title: "Remember \(key)",
                input: .object(of: [
                    "key": .string(key), "value": isTooLong ? nil : .string(value), "bytes": .integer(Int64(bytes)),
                ]))
            _ = try await record.call(request) { set($0, memory: memory, written: written) }
        case .forget(let target):
            let keys = Memory.keys(toForget: target, in: memory)
            let request = ToolRequest(
                tool: .remember, title: "Forget \(Markdown.printable(String(target.prefix(80))))",
                input: ["forget": .array(keys.map { .string($0) })])
            _ = try await record.call(request) { forget($0, written: written) }
        case .question, .list, .recall, .greeting, .thanks, .help: break
        }
    }

    private func set(_ input: JSON, memory: [String: JSON], written: Set<String>) -> ToolResult {
        guard let key = input["key"]?.string, let value = input["value"] else {
            return .failed("it is longer than \(limits.memoryBytes) bytes")
        }
        guard memory[key] != nil || memory.count < limits.memoryVariables else {
            return .failed("I keep \(limits.memoryVariables) things at most; please forget one first")
        }
        return ToolResult(
            output: ["key": .string(key), "value": value], content: "\(key): \(Memory.text(of: value))",
            events: written.contains(key) ? [] : [.event(.memory(key: key, value: value))])
    }

    private func forget(_ input: JSON, written: Set<String>) -> ToolResult {
        let keys = (input["forget"]?.array ?? []).compactMap(\.string)
        return ToolResult(
            output: ["forgotten": .array(keys.map { .string($0) })],
            content: keys.isEmpty ? "Nothing to forget." : "Forgotten: " + keys.joined(separator: ", "),
            events: keys.filter { !written.contains($0) }.map { .event(.memory(key: $0, value: nil)) })
    }
}
