/// A piece of a message (ACP, Content).
public enum ContentBlock: Hashable, Sendable {
    /// Text, usually Markdown.
    case text(String)
    /// A resource that the agent may read for itself.
    case resourceLink(name: String, uri: String)
    /// A kind that is not looked into; it is kept as it came.
    case other(JSON)

    /// The block as it may be handed on to an agent: `_meta` of a client could mean something there that nobody meant
    /// (`protocol.md` §2).
    public var withoutMeta: ContentBlock {
        guard case .other(let json) = self else { return self }
        return .other(json.withoutMeta)
    }

    /// The text, if this is text.
    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }
}

extension ContentBlock: JSONConvertible {
    /// Reads a content block of any kind.
    public init(json: JSON) throws(RPCError) {
        let type = try json.requiredString("type")
        if type == "text" {
            self = .text(try json.requiredString("text"))
        } else if type == "resource_link", json["_meta"] == nil, json.members?.count == 3 {
            self = .resourceLink(name: try json.requiredString("name"), uri: try json.requiredString("uri"))
        } else {
            self = .other(json)
        }
    }

    /// The content block.
    public var json: JSON {
        switch self {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .resourceLink(let name, let uri): ["type": "resource_link", "name": .string(name), "uri": .string(uri)]
        case .other(let json): json
        }
    }
}

extension JSON {
    fileprivate var withoutMeta: JSON {
        switch self {
        case .object(let members):
            .object(members.filter { $0.key != "_meta" }.map { Member($0.key, $0.value.withoutMeta) })
        case .array(let elements): .array(elements.map(\.withoutMeta))
        case .null, .bool, .integer, .number, .string: self
        }
    }
}

/// A piece of a message as it streams, and the message that it belongs to.
public struct ContentChunk: Hashable, Sendable {
    /// The message; chunks with the same name belong together.
    public var messageID: MessageID?
    /// The piece.
    public var content: ContentBlock

    /// A piece of a message.
    public init(messageID: MessageID?, content: ContentBlock) {
        self.messageID = messageID
        self.content = content
    }
}

extension ContentChunk: JSONConvertible {
    /// Reads the fields of a chunk.
    public init(json: JSON) throws(RPCError) {
        self.init(
            messageID: try json.optionalIdentifier("messageId"),
            content: try json.required("content", as: ContentBlock.self))
    }

    /// The fields of a chunk.
    public var json: JSON {
        .object(of: ["messageId": messageID.map { .string($0.rawValue) }, "content": content.json])
    }
}
