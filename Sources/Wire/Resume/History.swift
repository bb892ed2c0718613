import NIOCore

/// The parameters of `_belay/history`: a page of the conversation.
public struct HistoryRequest: Hashable, Sendable, JSONConvertible {
    /// The longest page, in messages.
    public static let limitMaximum = NumberRange.limit.bounds.upperBound
    /// The longest page, in bytes of its messages; a single longer message is truncated and marked as such.
    public static let bytesMaximum = 1 << 20

    /// The session whose conversation is read.
    public var session: SessionID
    /// Only messages before this entry; `nil` for no such bound.
    public var before: Seq?
    /// Only messages after this entry; `nil` for no such bound.
    public var after: Seq?
    /// How many messages at most.
    public var limit: Int64

    /// Creates the request for a page.
    ///
    /// - Parameter limit: How many messages at most; clamped to 1…1,000.
    public init(session: SessionID, before: Seq? = nil, after: Seq? = nil, limit: Int64 = 50) {
        self.session = session
        self.before = before
        self.after = after
        self.limit = limit.clamped(to: .limit)
    }

    /// Decodes the parameters; a limit beyond the bound is clamped, and the result has the clamped one.
    public init(json: JSON) throws(RPCError) {
        self.init(
            session: try json.requiredIdentifier("sessionId"), before: try json.optional("before", in: .position),
            after: try json.optional("after", in: .position), limit: try HistoryRequest.limit(json))
    }

    /// The requested limit, clamped; 50 by default.
    private static func limit(_ json: JSON) throws(RPCError) -> Int64 {
        guard let wanted = json["limit"], wanted != .null else { return 50 }
        // Any larger number is clamped; zero, a negative number or another type is an error.
        guard let limit = json.clamped("limit", to: .limit), limit > 1 || wanted.integer(in: .limit) == 1 else {
            return try json.required("limit", in: .limit)
        }
        return limit
    }

    /// The parameters as JSON.
    public var json: JSON {
        .object(of: [
            "sessionId": .string(session.rawValue), "before": before.map { .integer($0) },
            "after": after.map { .integer($0) }, "limit": .integer(limit),
        ])
    }
}

/// One message of the conversation, with its chunks joined.
public struct HistoryMessage: Hashable, Sendable, JSONConvertible {
    /// The author of a message.
    public enum Role: String, Hashable, Sendable { case user, assistant }

    /// The message's identifier.
    public var id: MessageID
    /// The author of the message.
    public var role: Role
    /// The content, with adjacent text blocks of its chunks joined.
    public var content: [ContentBlock]
    /// The time of its first entry, by the server's clock.
    public var timestamp: Timestamp
    /// The number of its last entry.
    public var seq: Seq
    /// The number of its first entry.
    public var from: Seq
    /// Whether the content is truncated; `_belay/fill` returns all of it.
    public var isTruncated = false

    /// Creates a message of a page.
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

    /// Decodes one element of `messages`.
    public init(json: JSON) throws(RPCError) {
        self.init(
            id: try json.requiredIdentifier("messageId"),
            role: Role(rawValue: try json.requiredString("role")) ?? .assistant,
            content: try json.elements("content", as: ContentBlock.self),
            timestamp: try json.required("ts", in: .time), seq: try json.required("seq", in: .entry),
            from: try json.optional("from", in: .entry))
        isTruncated = json["truncated"]?.bool ?? false
    }

    /// One element of `messages`.
    public var json: JSON {
        .object(of: [
            "messageId": .string(id.rawValue), "role": .string(role.rawValue),
            "content": .array(content.map(\.json)), "ts": .integer(timestamp), "seq": .integer(seq),
            "from": from == seq ? nil : .integer(from), "truncated": isTruncated ? true : nil,
        ])
    }

    /// The approximate length of its content as JSON, in bytes, with escapes.
    public var bytes: Int {
        content.reduce(0) { sum, block in
            switch block {
            case .text(let text): sum + text.unicodeScalars.reduce(0) { $0 + $1.bytesInJSON }
            case .resourceLink, .other: sum + block.json.encoded.readableBytes
            }
        }
    }

    /// The message truncated to that many bytes, with ``isTruncated`` set.
    public func cut(to maximum: Int) -> HistoryMessage {
        var left = maximum
        var message = self
        message.content = []
        for block in content {
            var one = self
            one.content = [block]
            guard one.bytes > left else {
                message.content.append(block)
                left -= one.bytes
                continue
            }
            if case .text(let text) = block {
                let head = text.unicodeScalars.prefix { scalar in
                    left -= scalar.bytesInJSON
                    return left >= 0
                }
                message.content.append(.text(String(head)))
            }
            break
        }
        message.isTruncated = true
        return message
    }

    /// The messages of which the entries are chunks, in order.
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

extension Unicode.Scalar {
    /// How many bytes ``ByteBuffer/writeJSONString(_:)`` writes for it.
    fileprivate var bytesInJSON: Int {
        switch value {
        case 0x22, 0x5C, 0x0A, 0x0D, 0x09: 2
        case 0..<0x20, 0x7F, 0x2028, 0x2029: 6
        default: UTF8.width(self)
        }
    }
}
