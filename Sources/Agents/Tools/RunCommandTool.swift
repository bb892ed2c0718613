import Platform
import Wire

/// `run_command`: a line for a shell, in the session's folder, with bounds on its time and output.
struct RunCommandTool: ModelTool {
    /// The time of a command when the model asks for none, and the most that it may ask for.
    static let (timeDefault, timeMaximum): (Int64, Int64) = (120, 600)
    /// The most output that is kept: the newest.
    static let outputBytesMaximum = 32 << 10
    /// How often people are shown what it has put out.
    private static let tailInterval = Duration.milliseconds(500)

    let kind = ToolCall.Kind.execute
    let hasEffect = true
    let description = ToolDescription(
        name: "run_command",
        text:
            "Run a command line with /bin/sh in the project folder, and return its output and exit code. The user is asked.",
        parameters: .arguments(
            [
                "command": ("string", "The command line."),
                "timeout_seconds": ("integer", "When to end it; 120 by default, 600 at most."),
            ], required: ["command"]))

    func title(of input: JSON) -> String { "Run \(input["command"]?.string ?? "a command")" }
    func command(in input: JSON) -> String? { input["command"]?.string }

    func preview(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> [JSON] {
        [ToolCall.textContent(Markdown.block(try line(input).lines, language: "sh"))]
    }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let line = try line(input)
        let seconds = min(Self.timeMaximum, max(1, input["timeout_seconds"]?.integer(in: .count) ?? Self.timeDefault))
        let command = RunningCommand(
            GuardedCommand(
                guardian: context.guardian, words: ["/bin/sh", "-c", line],
                environment: EnvironmentNames.withoutOwn(and: context.withheld),
                directory: context.folder.place),
            bytesMaximum: Self.outputBytesMaximum, ended: {})
        let isLate = try await withTaskCancellationHandler {
            try await watch(command, .seconds(seconds), context)
        } onCancel: {
            command.end()
        }
        let exit = await command.exit() ?? [:]
        try Task.checkCancellation()
        return outcome(command.output, exit, isLate ? seconds : nil)
    }

    /// Shows what the command puts out until it has ended.
    ///
    /// - Returns: Whether it is being ended because its time is over.
    private func watch(_ command: RunningCommand, _ limit: Duration, _ context: ToolContext) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = await command.exit()
                return false
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return true
            }
            group.addTask {
                var shown = ""
                while true {
                    try await Task.sleep(for: Self.tailInterval)
                    let text = command.text
                    if text != shown { try await context.show(text) }
                    shown = text
                }
            }
            defer { group.cancelAll() }
            let isLate = try await group.next() ?? false
            if isLate { command.end() }
            return isLate
        }
    }

    private func outcome(_ output: JSON, _ exit: JSON, _ seconds: Int64?) -> ToolOutcome {
        let text = output["output"]?.string ?? ""
        let how =
            if let seconds {
                "It was ended after \(seconds) seconds."
            } else if let signal = exit["signal"]?.string {
                "It was ended by signal \(signal)."
            } else if let code = exit["exitCode"]?.integer(in: .code) {
                "Exit code \(code)."
            } else {
                "It could not be started."
            }
        let cut = output["truncated"]?.bool == true ? "(its beginning is left out)\n" : ""
        let isGood = seconds == nil && exit["exitCode"] == 0
        return ToolOutcome(
            text.isEmpty ? how : "\(how)\n\(cut)\(text)", status: isGood ? .completed : .failed,
            content: [ToolCall.textContent(Markdown.block(text.isEmpty ? [how] : (cut + text).lines, language: ""))])
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar != "\n", scalar != "\t" else { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private func line(_ input: JSON) throws(ToolFailure) -> String {
        guard let line = input["command"]?.string, !line.trimmed.isEmpty else {
            throw ToolFailure("'command' is missing")
        }
        // What a terminal does not show as it is could hide what is allowed.
        guard !line.unicodeScalars.contains(where: Self.isHidden) else {
            throw ToolFailure("'command' holds control or invisible characters")
        }
        return line
    }
}
