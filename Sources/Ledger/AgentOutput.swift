public import Wire

/// What an agent emitted, in order, with adjacent chunks of one message joined: text that is streamed token by token
/// becomes a few entries instead of a thousand.
///
/// Two chunks are joined when nothing came between them and they are text of the same kind and message; chunks that the
/// agent gave no message are of one message until it does something else (``MessageNaming``). Nothing is joined across
/// messages, and order is never changed.
public struct AgentOutput: Hashable, Sendable {
    /// The longest text of joined chunks, in bytes; a single chunk that is longer stays as it is.
    public static let textBytesMaximum = 16 << 10

    private var closed: [Entry.Body] = []
    /// The text at the end, which the next chunk may continue.
    private var open: StreamedText?
    /// How many bytes of streamed text it holds.
    public private(set) var textBytes = 0
    /// Whether it holds streamed text and nothing else.
    public private(set) var isText = true

    /// Creates the output of these entries.
    public init(_ bodies: [Entry.Body] = []) { append(bodies) }

    /// How many entries it becomes.
    public var count: Int { closed.count + (open == nil ? 0 : 1) }

    /// The entries that it becomes, in order.
    public var bodies: [Entry.Body] { closed + [open?.body].compactMap(\.self) }

    /// Appends entries in order; text that continues the last message is joined with it.
    public mutating func append(_ bodies: [Entry.Body]) {
        for body in bodies { append(body) }
    }

    private mutating func append(_ body: Entry.Body) {
        guard let next = StreamedText(body) else {
            close()
            closed.append(body)
            isText = false
            return
        }
        textBytes += next.text.utf8.count
        // In place: a copy of what is joined already for each token would cost the square of its length.
        if open?.join(next) == true { return }
        close()
        open = next
    }

    private mutating func close() {
        if let open { closed.append(open.body) }
        open = nil
    }
}

/// Text of one message, as its chunks were streamed.
private struct StreamedText: Hashable {
    private enum Kind: Hashable { case message, thought }

    private let kind: Kind
    private let message: MessageID?
    private(set) var text: String

    /// The text of a chunk; `nil` for an entry that is no streamed text.
    init?(_ body: Entry.Body) {
        switch body {
        case .update(.agentMessage(let chunk)):
            guard case .text(let text) = chunk.content else { return nil }
            (kind, message, self.text) = (.message, chunk.messageID, text)
        case .update(.agentThought(let chunk)):
            guard case .text(let text) = chunk.content else { return nil }
            (kind, message, self.text) = (.thought, chunk.messageID, text)
        case .update, .event: return nil
        }
    }

    /// Appends the next text, if it is of the same message and fits.
    mutating func join(_ next: StreamedText) -> Bool {
        guard kind == next.kind, message == next.message,
            text.utf8.count + next.text.utf8.count <= AgentOutput.textBytesMaximum
        else { return false }
        text += next.text
        return true
    }

    var body: Entry.Body {
        let chunk = ContentChunk(messageID: message, content: .text(text))
        return switch kind {
        case .message: .update(.agentMessage(chunk))
        case .thought: .update(.agentThought(chunk))
        }
    }
}
