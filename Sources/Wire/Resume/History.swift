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
        self.init(
            session: try json.requiredIdentifier("sessionId"), before: try json.optional("before", in: .position),
            after: try json.optional("after", in: .position), limit: try HistoryRequest.limit(json))
    }

    /// What is asked for, cut at the bound; 50 unless told.
    private static func limit(_ json: JSON) throws(RPCError) -> Int64 {
        guard let wanted = json["limit"], wanted != .null else { return 50 }
        // Larger than the bound is cut, however much larger it is; what is no count at all is an error.
        guard let limit = json.clamped("limit", to: .limit), limit > 1 || wanted.integer(in: .limit) == 1 else {
            return try json.required("limit", in: .limit)
        }
        return limit
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
    /// The first entry of it.
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

    /// How many bytes its content has as it goes on the wire, about: an escaped character is several.
    public var bytes: Int {
        content.reduce(0) { sum, block in
            switch block {
            case .text(let text): sum + text.unicodeScalars.reduce(0) { $0 + $1.bytesInJSON }
            case .resourceLink, .other: sum + block.json.encoded.readableBytes
            }
        }
    }

    /// The message with as much of its content as fits, and the word that there is more.
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
