/// A content block of a message (ACP, Content).
public enum ContentBlock: Hashable, Sendable {
    /// Text, usually Markdown.
    case text(String)
    /// A link to a resource that the agent can read.
    case resourceLink(name: String, uri: String)
    /// Another kind, which is kept and passed on unchanged.
    case other(JSON)

    /// The block without `_meta`, for an agent: fields that a client put there could have an unintended meaning to the
    /// agent (`protocol.md` §2).
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
    /// Decodes a content block of any kind.
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

    /// The content block as JSON; `other` is returned unchanged.
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

/// A chunk of a streamed message, and the message that it belongs to.
public struct ContentChunk: Hashable, Sendable {
    /// The message; chunks with the same identifier belong together. `nil` when the agent sends none.
    public var messageID: MessageID?
    /// The content of this chunk.
    public var content: ContentBlock

    /// Creates a chunk of a message.
    public init(messageID: MessageID?, content: ContentBlock) {
        self.messageID = messageID
        self.content = content
    }
}

extension ContentChunk: JSONConvertible {
    /// Decodes the fields of a chunk.
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
