import Wire

/// A tool of an MCP server, as a model calls it.
struct MCPTool: ModelTool {
    let description: ToolDescription
    let kind: ToolCall.Kind
    let hasEffect: Bool
    private let own: String
    private let title: String
    private let server: MCPServer

    /// The most bytes of what a server says about a tool.
    private static let descriptionBytesMaximum = 4 << 10

    /// - Parameter json: An element of `tools/list`; `nil` for one without a usable name.
    init?(_ json: JSON, of server: MCPServer) {
        guard let own = json["name"]?.string, !own.isEmpty else { return nil }
        self.own = own
        self.server = server
        // Servers of models take letters, digits, underscores and dashes, 64 at most.
        let joined = "\(server.settings.name)__\(own)".map {
            $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) ? $0 : "_"
        }
        let name = joined.count <= 64 ? String(joined) : String(joined.prefix(50)) + "_" + FNV1a.name(of: own)
        let hints = json["annotations"]
        title = json["title"]?.string ?? hints?["title"]?.string ?? own
        description = ToolDescription(
            name: String(name.prefix(64)),
            text: (json["description"]?.string ?? title).middleCut(to: Self.descriptionBytesMaximum),
            parameters: Self.schema(json["inputSchema"]))
        // A hint is not to be trusted about what must be asked; but its user chose the server.
        hasEffect = hints?["readOnlyHint"]?.bool != true
        kind = hasEffect ? (hints?["destructiveHint"]?.bool == true ? .delete : .other) : .read
    }

    func title(of input: JSON) -> String { "\(server.settings.name): \(title)" }

    /// Rules are about the tool.
    func command(in input: JSON) -> String? { description.name }

    /// A schema as all servers of models take it: of an object, with its properties.
    private static func schema(_ json: JSON?) -> JSON {
        let members = (json?.members ?? []).filter { $0.key != "type" }
        let properties = members.contains { $0.key == "properties" } ? [] : [JSON.Member("properties", [:])]
        return .object([JSON.Member("type", "object")] + members + properties)
    }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let result = try await server.call(own, input)
        let parts = (result["content"]?.array ?? []).map { part in
            switch part["type"]?.string {
            case "text"?: part["text"]?.string ?? ""
            case "resource"?:
                part["resource"]?["text"]?.string ?? "[\(part["resource"]?["uri"]?.string ?? "a resource")]"
            case "resource_link"?: "[\(part["name"]?.string ?? "")](\(part["uri"]?.string ?? ""))"
            case let kind: "[\(kind ?? "something") that cannot be shown]"
            }
        }
        let text = parts.isEmpty ? result["structuredContent"]?.text ?? "Done." : parts.joined(separator: "\n")
        return ToolOutcome(text, status: result["isError"]?.bool == true ? .failed : .completed)
    }
}
