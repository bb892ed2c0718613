public import Platform
public import Sync
public import SystemPackage
public import Wire

/// Writes a batch run's output: answers to the standard output, reports to standard error.
public struct BatchOutput: Sendable {
    private let options: BatchOptions
    private let output: FileDescriptor
    private let errors: FileDescriptor
    private var lines: Int64 = 0
    private var answers = 0
    /// How many questions were answered with a refusal: in this turn, and in the run.
    private var denials: (turn: Int64, run: Int64) = (0, 0)
    private var results: [JSON] = []
    private var session: SessionID?
    /// The first error of a write; nothing is written after it.
    public private(set) var failure: SystemError?
    /// Whether the streamed text ended with a newline so far.
    private var endsLine = true

    /// The longest text in one JSON line, in bytes; longer text is cut and marked `truncated`.
    static let textBytesMaximum = 900 << 10

    /// Creates an output; the descriptors default to the process's own.
    public init(
        _ options: BatchOptions, output: FileDescriptor = .standardOutput,
        errors: FileDescriptor = .standardError
    ) {
        self.options = options
        self.output = output
        self.errors = errors
    }

    /// Reports something on standard error, unless the verbosity is too low.
    public func say(_ text: String, verbosity: Int = 1) {
        guard options.verbosity >= verbosity else { return }
        Output.line("belay: \(text)", to: errors)
    }

    /// The session is known and the client is current for the first time.
    public mutating func opened(_ session: SessionID, resumed: Bool, connect: Duration) {
        self.session = session
        line(
            "session",
            [
                "name": nil, "resumed": .bool(resumed), "server": .string(options.server),
                "app": .string(ClientVersion.current),
            ])
        line("connection", ["state": "live", "connect_ms": .integer(connect.milliseconds)])
    }

    /// The connection was lost.
    public mutating func lost(_ reason: String) {
        say("connection lost (\(reason)); retrying")
        line("connection", ["state": "lost", "reason": .string(reason)])
    }

    /// The client is current again after a resume.
    public mutating func resumed(_ resume: ConnectionStatus.Resume) {
        let offline = resume.offline.milliseconds
        say(
            "resumed after \(offline / 1_000).\(offline % 1_000 / 100) s (\(resume.latency.milliseconds) ms),"
                + " \(resume.events) events replayed")
        line(
            "connection",
            [
                "state": "resumed", "offline_ms": .integer(offline),
                "resume_ms": .integer(resume.latency.milliseconds),
                "opened_ms": .integer(resume.opening.milliseconds), "replayed": .integer(resume.events),
                "replayed_bytes": .integer(resume.bytes), "missed": 0,
            ])
    }

    /// Writes what an entry meant for a prompt, in its turn.
    public mutating func step(
        _ step: TurnCollector.Step, of prompt: ClientMessageID, in turn: TurnID?, _ entry: Entry
    ) {
        let turn = turn.map { JSON.string($0.rawValue) }
        let place: KeyValuePairs<String, JSON?> = ["turn": turn, "seq": .integer(entry.seq)]
        switch step {
        case .started:
            line("turn.started", place, ["prompt_id": .string(prompt.rawValue), "ts": time(entry)])
        case .plan(let entries):
            if let position = WorkflowPosition(plan: entries) {
                say("step \(position.step) of \(position.count): \(entries[position.step - 1].content)", verbosity: 2)
            }
            line("plan", place, ["entries": .array(entries.map(\.json))])
        case .tool(let call):
            if call.status?.isFinal == true {
                say(
                    "\(call.kind?.rawValue ?? "tool") \(call.title ?? ""): \(call.status?.rawValue ?? "")", verbosity: 2
                )
            }
            line(
                "tool", place,
                [
                    "id": .string(call.id.rawValue), "title": call.title.map { .string($0) },
                    "kind": .string((call.kind ?? .other).rawValue),
                    "status": .string((call.status ?? .pending).rawValue),
                ])
        case .delta(let text):
            guard options.isStreaming else { return }
            if options.format == .text { write(text) }
            line("message.delta", place, ["text": .string(text)])
        case .thought(let text): line("thought", place, ["text": .string(text)])
        case .asked: break
        case .ended(let answer): ended(answer, prompt, entry, place)
        }
    }

    /// Writes what was decided about a question of the agent.
    public mutating func permission(_ question: Question, isAllowed: Bool, in turn: TurnID?, _ entry: Entry) {
        let place: KeyValuePairs<String, JSON?> = [
            "turn": turn.map { .string($0.rawValue) }, "seq": .integer(entry.seq),
        ]
        let decision = question.decision(of: question.answer(isAllowed: isAllowed))
        line(
            "permission", place,
            [
                "tool": question.params["toolCall"]?["toolCallId"], "title": .string(question.subject),
                "options": .array((question.params["options"]?.array ?? []).compactMap { $0["kind"] }),
                "decision": .string(decision), "by": options.permissions == .ask ? "user" : "policy",
            ])
        guard decision != "allow_once" else { return say("allowed: \(question.subject)", verbosity: 2) }
        denials = (denials.turn + 1, denials.run + 1)
        say("denied: \(question.subject); \(options.permissions.hint(isAllowed: isAllowed))", verbosity: 0)
    }

    private mutating func ended(
        _ answer: TurnCollector.Answer, _ prompt: ClientMessageID, _ entry: Entry,
        _ place: KeyValuePairs<String, JSON?>
    ) {
        let duration = JSON.integer(answer.duration.milliseconds)
        if !answer.text.isEmpty {
            let (text, isCut) = BatchOutput.cut(answer.text)
            line(
                "message", place,
                ["role": "assistant", "text": .string(text), "truncated": isCut ? true : nil])
        }
        var stop: JSON?
        var failure: JSON?
        switch answer.outcome {
        case .stopped(let reason):
            stop = .string(reason.rawValue)
            line("turn.completed", place, ["stop_reason": stop, "duration_ms": duration, "ts": time(entry)])
        case .failed(let message):
            say(message, verbosity: 0)
            failure = ["name": "turn_failed", "message": .string(message), "retryable": false]
            line("turn.failed", place, ["error": failure, "duration_ms": duration, "ts": time(entry)])
        }
        results.append(
            .object(of: [
                "prompt_id": .string(prompt.rawValue), "text": .string(answer.text),
                "stop_reason": stop ?? .null,
                "tools": .array(answer.tools.map { BatchOutput.tool($0) }),
                "permission_denials": .integer(denials.turn),
                "usage": .null, "duration_ms": duration, "error": failure,
            ]))
        if options.format == .text { write(answer: answer.text) }
        answers += 1
        denials.turn = 0
    }

    private mutating func write(answer text: String) {
        if options.isStreaming {
            if !endsLine { write("\n") }
            return
        }
        if answers > 0 { write(options.separator + "\n") }
        write(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// The run is over: writes its one last line.
    public mutating func finish(
        _ exit: BatchExit, error: String?, text: String, turns: Int, isDetached: Bool = false
    ) {
        if let error { say(error, verbosity: 0) }
        let code: JSON = ["code": .integer(Int64(exit.rawValue)), "name": .string(exit.name)]
        let resume = session.flatMap { options.resume.text(for: $0.rawValue) }.map { JSON.string($0) }
        switch options.format {
        case .text: break
        case .jsonl:
            line(
                "result",
                [
                    "ok": .bool(exit == .ok), "exit": code, "text": .string(BatchOutput.cut(text).text),
                    "turns": .integer(Int64(turns)), "permission_denials": .integer(denials.run),
                    "error": error.map { .string($0) },
                    "detached": isDetached ? true : nil, "resume": resume,
                ])
        case .json:
            write(
                JSON.object(of: [
                    "v": 1, "ok": .bool(exit == .ok), "exit": code,
                    "session": session.map { ["id": .string($0.rawValue), "name": .null] } ?? .null,
                    "results": .array(results), "error": error.map { .string($0) } ?? .null,
                    "detached": isDetached ? true : nil,
                ]).printable + "\n")
        }
    }

    private func time(_ entry: Entry) -> JSON { .string(ISO8601.text(entry.timestamp)) }

    private static func tool(_ call: ToolCall) -> JSON {
        .object(of: [
            "id": .string(call.id.rawValue), "title": call.title.map { .string($0) },
            "kind": .string((call.kind ?? .other).rawValue), "status": .string((call.status ?? .pending).rawValue),
        ])
    }

    /// The text cut to ``textBytesMaximum``, so that a line stays below a mebibyte, which common readers accept.
    private static func cut(_ text: String) -> (text: String, isCut: Bool) {
        guard text.utf8.count > textBytesMaximum else { return (text, false) }
        let head = text.utf8.prefix(textBytesMaximum)
        return (String(decoding: head, as: UTF8.self), true)
    }

    private mutating func line(
        _ type: String, _ place: KeyValuePairs<String, JSON?>, _ fields: KeyValuePairs<String, JSON?> = [:]
    ) {
        guard options.format == .jsonl else { return }
        lines += 1
        var members: [JSON.Member] = [
            .init("v", 1), .init("n", .integer(lines)), .init("type", .string(type)),
            .init("session", session.map { .string($0.rawValue) } ?? .null),
        ]
        for (key, value) in place { if let value { members.append(.init(key, value)) } }
        for (key, value) in fields { if let value { members.append(.init(key, value)) } }
        write(JSON.object(members).printable + "\n")
    }

    private mutating func write(_ text: String) {
        guard failure == nil, !text.isEmpty else { return }
        let text = options.format == .text && !options.isRaw ? Printable.text(text) : text
        endsLine = text.utf8.last == UInt8(ascii: "\n")
        do { try Output.verbatim(text, to: output) } catch { failure = error }
    }
}
