import Screen
import Sync
import Wire

/// A screen that is driven by intents at a time of the test's choosing.
struct Fixture {
    /// 22 November 2026, 17:30:00 UTC.
    static let half: Timestamp = 1_795_368_600_000

    var model: Model
    /// Seconds since ``half``; both clocks follow it.
    var seconds = 0.0
    private var seq: Seq = 0

    init(
        columns: Int = 80, rows: Int = 24, glyphs: GlyphSet = .unicode, theme: Theme = TerminalTheme.theme
    ) {
        model = Model(theme: theme, glyphs: glyphs, size: Size(columns: columns, rows: rows))
        send(.opened(title: "fix-login-flow", folder: "~/src/shop", agent: "build-agent"))
        send(.connection(ConnectionStatus(state: .live, roundTrip: .milliseconds(48))))
    }

    var now: Instant { Instant(nanoseconds: Int64(seconds * 1_000_000_000)) + .seconds(1000) }
    var wallClock: Timestamp { Fixture.half + Int64(seconds * 1000) }
    var frame: Frame { view(model, now: now, wallClock: wallClock) }
    /// The rows as text, without the blanks at their ends.
    var text: [String] { frame.text }

    @discardableResult
    mutating func send(_ intent: Intent) -> [Command] { update(&model, intent, now: now, wallClock: wallClock) }

    @discardableResult
    mutating func press(_ keys: Key...) -> [Command] { keys.flatMap { send(.key($0)) } }

    @discardableResult
    mutating func type(_ text: String) -> [Command] { text.flatMap { send(.key(.character($0))) } }

    /// Gives the keys to the question, and waits as long as people do before the next key.
    mutating func focusQuestion() {
        press(.tab)
        seconds += 0.5
    }

    /// The next entry of the journal, at the present time.
    mutating func entry(_ body: Entry.Body, clientMessageID: ClientMessageID? = nil) -> Entry {
        seq += 1
        return Entry(seq: seq, timestamp: wallClock, clientMessageID: clientMessageID, body: body)
    }

    /// The next entries arrive.
    @discardableResult
    mutating func arrive(_ bodies: Entry.Body...) -> [Command] {
        send(.entries(bodies.map { entry($0) }))
    }
}

extension Frame {
    /// The rows as text, without the blanks at their ends.
    var text: [String] {
        rows.map { row in
            var text = row.map(\.text).joined()
            while text.last == " " { text.removeLast() }
            return text
        }
    }
}

extension Entry.Body {
    static func user(_ text: String, _ id: MessageID = "u") -> Entry.Body {
        .update(.userMessage(ContentChunk(messageID: id, content: .text(text))))
    }

    static func agent(_ text: String, _ id: MessageID = "a") -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: id, content: .text(text))))
    }

    static func thought(_ text: String, _ id: MessageID = "t") -> Entry.Body {
        .update(.agentThought(ContentChunk(messageID: id, content: .text(text))))
    }

    static func tool(
        _ id: ToolCallID, _ kind: ToolCall.Kind, _ title: String, _ status: ToolCall.Status = .inProgress
    ) -> Entry.Body {
        .update(.toolCall(ToolCall(id: id, title: title, kind: kind, status: status)))
    }

    static func toolEnd(
        _ id: ToolCallID, _ status: ToolCall.Status = .completed, content: [JSON]? = nil
    ) -> Entry.Body {
        .update(.toolCallUpdate(ToolCall(id: id, status: status, content: content)))
    }

    static func plan(done: Int, of steps: String...) -> Entry.Body {
        .update(
            .plan(
                steps.enumerated().map { index, step in
                    PlanEntry(
                        content: step, status: index < done ? .completed : index == done ? .inProgress : .pending)
                }))
    }
}
