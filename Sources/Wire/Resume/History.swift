import NIOCore

/// A page of the conversation: `_belay/history`'s parameters.
public struct HistoryRequest: Hashable, Sendable, JSONConvertible {
    /// The longest page, in messages.
    public static let limitMaximum = NumberRange.limit.bounds.upperBound
    /// The longest page, in bytes of its messages' text; a single message that is longer is cut, and says so.
    public static let bytesMaximum = 1 << 20

    /// The session.
    public var session: SessionID
    /// Only messages before this entry.
    public var before: Seq?
    /// Only messages after this entry.
    public var after: Seq?
    /// How many messages at most.
    public var limit: Int64

    /// A page.
    ///
    /// - Parameter limit: How many messages at most; moved into 1…1,000.
    public init(session: SessionID, before: Seq? = nil, after: Seq? = nil, limit: Int64 = 50) {
        self.session = session
        self.before = before
        self.after = after
        self.limit = limit.clamped(to: .limit)
    }

    /// Reads the parameters; a limit past the bound becomes the bound, which the result says.
    public init(json: JSON) throws(RPCError) {
        guard try json.optional("limit", in: .count) != 0 else { throw .invalidParams("'limit' is 0") }
        self.init(
            session: try json.requiredIdentifier("sessionId"), before: try json.optional("before", in: .position),
            after: try json.optional("after", in: .position), limit: json.clamped("limit", to: .limit) ?? 50)
    }

    /// The parameters.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue), "before": before.map { .integer($0) },
            "after": after.map { .integer($0) }, "limit": .integer(limit),
        ])
    }
}

/// One message of the conversation, whole.
public struct HistoryMessage: Hashable, Sendable, JSONConvertible {
    /// Who spoke.
    public enum Role: String, Hashable, Sendable { case user, assistant }

    /// Its name.
    public var id: MessageID
    /// Who spoke.
    public var role: Role
    /// What was said.
    public var content: [ContentBlock]
    /// When it began.
    public var timestamp: Timestamp
    /// The last entry of it.
    public var seq: Seq
    /// The first entry of it; ``seq`` when it was not told.
    public var from: Seq
    /// Whether it is longer than what is here: `_belay/fill` has all of it.
    public var isTruncated = false

    /// A message.
    public init(
        id: MessageID, role: Role, content: [ContentBlock], timestamp: Timestamp, seq: Seq, from: Seq? = nil
    ) {
        self.from = from ?? seq
        self.id = id
        self.role = role
        self.content = content
        self.timestamp = timestamp
        self.seq = seq
    }

    /// Reads one element of `messages`.
    public init(json: JSON) throws(RPCError) {
        self.init(
            id: try json.requiredIdentifier("messageId"),
            role: Role(rawValue: try json.requiredString("role")) ?? .assistant,
            content: try json.elements("content", as: ContentBlock.self),
            timestamp: try json.required("ts", in: .time), seq: try json.required("seq", in: .entry))
        isTruncated = json["truncated"]?.bool ?? false
    }

    /// One element of `messages`.
    public var json: JSON {
        .object(of: [
            "messageId": .string(id.rawValue), "role": .string(role.rawValue),
            "content": .array(content.map(\.json)), "ts": .integer(timestamp), "seq": .integer(seq),
            "truncated": isTruncated ? true : nil,
        ])
    }

    /// How many bytes its content has, about.
    public var bytes: Int {
        content.reduce(0) { sum, block in
            switch block {
            case .text(let text): sum + text.utf8.count
            case .resourceLink(let name, let uri): sum + name.utf8.count + uri.utf8.count
            case .other(let json): sum + json.encoded.readableBytes
            }
        }
    }

    /// The message with as much of its content as fits, and the word that there is more.
    public func cut(to maximum: Int) -> HistoryMessage {
        var left = maximum
        var message = self
        message.content = []
        for block in content where left > 0 {
            var one = self
            one.content = [block]
            if one.bytes <= left {
                message.content.append(block)
            } else if case .text(let text) = block {
                let head = text.utf8.prefix(left)
                message.content.append(.text(String(decoding: head, as: UTF8.self).withoutReplacementAtEnd))
            }
            left -= one.bytes
        }
        message.isTruncated = true
        return message
    }

    /// The messages that entries add up to, in order.
    public static func messages(in entries: some Sequence<Entry>) -> [HistoryMessage] {
        var messages: [HistoryMessage] = []
        for entry in entries {
            let role: Role
            let chunk: ContentChunk
            switch entry.body {
            case .update(.userMessage(let said)): (role, chunk) = (.user, said)
            case .update(.agentMessage(let said)): (role, chunk) = (.assistant, said)
            case .update, .event: continue
            }
            if let last = messages.indices.last, messages[last].role == role, messages[last].id == chunk.messageID {
                messages[last].append(chunk.content)
                messages[last].seq = entry.seq
            } else {
                messages.append(
                    HistoryMessage(
                        id: chunk.messageID ?? MessageID("seq-\(entry.from)"), role: role, content: [chunk.content],
                        timestamp: entry.timestamp, seq: entry.seq, from: entry.from))
            }
        }
        return messages
    }

    private mutating func append(_ block: ContentBlock) {
        if case .text(let head)? = content.last, case .text(let tail) = block {
            content[content.count - 1] = .text(head + tail)
        } else {
            content.append(block)
        }
    }
}

extension String {
    /// The text without the mark that decoding leaves where a character was cut in two.
    fileprivate var withoutReplacementAtEnd: String {
        unicodeScalars.last == "\u{FFFD}" ? String(unicodeScalars.dropLast()) : self
    }
}
