/// A tool call, complete or as an update (ACP, Tool Calls): `nil` fields of an update leave the value unchanged.
public struct ToolCall: Hashable, Sendable {
    /// The kind of the tool, for icons.
    public enum Kind: String, Hashable, Sendable {
        case read, edit, delete, move, search, execute, think, fetch, other
        case switchMode = "switch_mode"
    }

    /// The status of the call.
    public enum Status: String, Hashable, Sendable {
        case pending, completed, failed
        case inProgress = "in_progress"

        /// Whether the call has ended.
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

    /// The call's identifier within the session.
    public var id: ToolCallID
    /// What it does, for people.
    public var title: String?
    /// The kind of the tool; `nil` in an update that does not change it.
    public var kind: Kind?
    /// The status; `nil` in an update that does not change it.
    public var status: Status?
    /// Its output for people: ACP's `ToolCallContent`, kept unchanged.
    public var content: [JSON]?
    /// The files that the call works on.
    public var locations: [Location]?
    /// The arguments of the call, as the tool got them.
    public var rawInput: JSON?
    /// The result of the call, as the tool returned it.
    public var rawOutput: JSON?

    /// Creates a call or an update.
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

    /// Applies an update: its non-`nil` fields replace those of this call.
    public mutating func apply(_ change: ToolCall) {
        title = change.title ?? title
        kind = change.kind ?? kind
        status = change.status ?? status
        content = change.content ?? content
        locations = change.locations ?? locations
        rawInput = change.rawInput ?? rawInput
        rawOutput = change.rawOutput ?? rawOutput
    }

    /// A text as ACP's `ToolCallContent`.
    public static func textContent(_ text: String) -> JSON {
        ["type": "content", "content": ContentBlock.text(text).json]
    }
}

extension ToolCall: JSONConvertible {
    /// Decodes a call or an update; an unknown kind becomes `other`, and an unknown status `nil`.
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
    /// Decodes a location; `line` is optional.
    public init(json: JSON) throws(RPCError) {
        self.init(path: try json.requiredString("path"), line: try json.optional("line", in: .count))
    }

    /// The location as an element of ACP's `locations`.
    public var json: JSON { .object(of: ["path": .string(path), "line": line.map { .integer($0) }]) }
}
