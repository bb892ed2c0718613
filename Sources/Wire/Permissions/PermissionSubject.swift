/// What a rule is asked about.
public struct PermissionSubject: Hashable, Sendable {
    /// The kind of the tool.
    public var kind: ToolCall.Kind
    /// The command that would be run, or the address or the tool's name of what is neither a command nor about files.
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

    /// A path without empty parts, those that mean nothing, and those that go up, as far as they can be resolved: a pattern
    /// is about one spelling of it.
    private static func plain(_ path: String) -> String {
        var parts: [Substring.UTF8View.SubSequence] = []
        let up = "..".utf8
        for part in path[...].utf8.split(separator: 0x2F) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual(up), let last = parts.last, !last.elementsEqual(up) {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return (path.utf8.first == 0x2F ? "/" : "") + parts.map { String(Substring($0)) }.joined(separator: "/")
    }

    /// Whether one of the paths is outside of the session's folder.
    var isOutside: Bool { paths.contains { $0.utf8.first == 0x2F } }
    /// Whether one of the paths goes up, and may lead anywhere.
    var goesUp: Bool {
        paths.contains { path in
            path[...].utf8.split(separator: 0x2F).contains { $0.elementsEqual("..".utf8) }
        }
    }

    /// What an agent asks for (ACP, `session/request_permission`), as far as its tool call says it: agents name the command
    /// and the paths of a call in its input, each in its own way, and the files as its locations.
    ///
    /// - Parameters:
    ///   - folder: The session's folder.
    ///   - path: The same by another name, through links, by which an agent may know it.
    public init(of params: JSON, folder: String, path: String? = nil) {
        let call = params["toolCall"]
        let input = call?["rawInput"]
        kind = call?["kind"]?.string.flatMap(ToolCall.Kind.init(rawValue:)) ?? .other
        // Only of what runs something: another tool may be given a member of that name that it does not look at.
        command = [.execute, .other, .fetch].contains(kind) ? Question.command(in: input) : nil
        var found = (call?["locations"]?.array ?? []).compactMap { $0["path"]?.string }
        for key in ["path", "file_path", "filePath", "abs_path"] { found += [input?[key]?.string].compactMap { $0 } }
        let roots = [folder, path].compactMap { $0.map(Self.plain) }
        var seen: Set<String> = []
        paths = found.map { path in
            let path = Self.plain(path)
            let root = roots.first {
                path.utf8.starts(with: $0.utf8) && ($0 == "/" || path.utf8.dropFirst($0.utf8.count).first == 0x2F)
            }
            return root.map { root in
                String(Substring(path[...].utf8.dropFirst(root == "/" ? 1 : root.utf8.count + 1)))
            } ?? path
        }.filter { seen.insert($0).inserted }
        self.folder = folder
    }
}
