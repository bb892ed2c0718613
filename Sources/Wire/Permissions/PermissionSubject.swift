/// What a rule is asked about.
public struct PermissionSubject: Hashable, Sendable {
    /// The kind of the tool.
    public var kind: ToolCall.Kind
    /// The command that would be run.
    public var command: String?
    /// The paths that the call is about, relative to the session's folder where they are in it.
    public var paths: [String]
    /// The session's folder.
    public var folder: String

    /// Creates a subject.
    public init(kind: ToolCall.Kind, command: String? = nil, paths: [String] = [], folder: String) {
        self.kind = kind
        self.command = command
        self.paths = paths
        self.folder = folder
    }

    /// What an agent asks for (ACP, `session/request_permission`), as far as its tool call says it: agents name the command
    /// and the paths of a call in its input, each in its own way, and the files as its locations.
    ///
    /// - Parameter folder: The session's folder.
    public init(of params: JSON, folder: String) {
        let call = params["toolCall"]
        let input = call?["rawInput"]
        kind = call?["kind"]?.string.flatMap(ToolCall.Kind.init(rawValue:)) ?? .other
        command =
            input?["command"]?.string ?? input?["cmd"]?.string
            ?? (input?["command"]?.array ?? input?["cmd"]?.array)?.compactMap(\.string).joined(separator: " ")
        var found = (call?["locations"]?.array ?? []).compactMap { $0["path"]?.string }
        for key in ["path", "file_path", "filePath", "abs_path"] { found += [input?[key]?.string].compactMap { $0 } }
        let root = folder.hasSuffix("/") ? folder : folder + "/"
        var seen: Set<String> = []
        paths = found.map { $0.hasPrefix(root) ? String($0.dropFirst(root.count)) : $0 }
            .filter { seen.insert($0).inserted }
        self.folder = folder
    }
}
