/// A tool call, whole or as a change to one (ACP, Tool Calls): what is `nil` in a change stays as it was.
public struct ToolCall: Hashable, Sendable {
    /// What kind of thing the tool does.
    public enum Kind: String, Hashable, Sendable {
        case read, edit, delete, move, search, execute, think, fetch, other
        case switchMode = "switch_mode"
    }

    /// How far the call is.
    public enum Status: String, Hashable, Sendable {
        case pending, completed, failed
        case inProgress = "in_progress"

        /// Whether the call has come to its end.
        public var isFinal: Bool { self == .completed || self == .failed }
    }

    /// A place in a file that the call works on.
    public struct Location: Hashable, Sendable {
        /// An absolute path.
        public var path: String
        /// The line, from 1.
        public var line: Int64?

        /// A place in a file.
        public init(path: String, line: Int64? = nil) {
            self.path = path
            self.line = line
        }
    }

    /// The call's name within the session.
    public var id: ToolCallID
    /// What it does, for people.
    public var title: String?
    /// What kind of thing it does.
    public var kind: Kind?
    /// How far it is.
    public var status: Status?
    /// What it produced, for people: ACP's `ToolCallContent`, kept as it came.
    public var content: [JSON]?
    /// Where it works.
    public var locations: [Location]?
    /// Its arguments.
    public var rawInput: JSON?
    /// Its result.
    public var rawOutput: JSON?

    /// A tool call, or a change to one.
    public init(
        id: ToolCallID, title: String? = nil, kind: Kind? = nil, status: Status? = nil, content: [JSON]? = nil,
        locations: [Location]? = nil, rawInput: JSON? = nil, rawOutput: JSON? = nil
    ) {
        self.id = id
        self.title = title
        self.kind = kind
        self.status = status
        self.content = content
        self.locations = locations
        self.rawInput = rawInput
        self.rawOutput = rawOutput
    }

    /// Takes over what the change says.
    public mutating func apply(_ change: ToolCall) {
        title = change.title ?? title
        kind = change.kind ?? kind
        status = change.status ?? status
        content = change.content ?? content
        locations = change.locations ?? locations
        rawInput = change.rawInput ?? rawInput
        rawOutput = change.rawOutput ?? rawOutput
    }

    /// A piece of text as ACP's `ToolCallContent`.
    public static func textContent(_ text: String) -> JSON {
        ["type": "content", "content": ContentBlock.text(text).json]
    }
}

extension ToolCall: JSONConvertible {
    /// Reads a call or a change; a kind or status that is not known becomes `other` or is left out.
    public init(json: JSON) throws(RPCError) {
        self.init(
            id: try json.requiredIdentifier("toolCallId"),
            title: json["title"]?.string,
            kind: json["kind"]?.string.map { Kind(rawValue: $0) ?? .other },
            status: json["status"]?.string.flatMap(Status.init(rawValue:)),
            content: json["content"]?.array,
            locations: json["locations"]?.array == nil ? nil : try json.elements("locations", as: Location.self),
            rawInput: json["rawInput"],
            rawOutput: json["rawOutput"])
    }

    /// The fields of a call.
    public var json: JSON {
        .object(of: [
            "toolCallId": .string(id.rawValue),
            "title": title.map { .string($0) },
            "kind": kind.map { .string($0.rawValue) },
            "status": status.map { .string($0.rawValue) },
            "content": content.map { .array($0) },
            "locations": locations.map { .array($0.map(\.json)) },
            "rawInput": rawInput,
            "rawOutput": rawOutput,
        ])
    }
}

extension ToolCall.Location: JSONConvertible {
    /// Reads a location.
    public init(json: JSON) throws(RPCError) {
        self.init(path: try json.requiredString("path"), line: try json.optional("line", in: .count))
    }

    /// The location.
    public var json: JSON { .object(of: ["path": .string(path), "line": line.map { .integer($0) }]) }
}
