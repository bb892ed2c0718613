import Wire

/// `list_files`: the files of the folder, without those that git ignores.
struct ListFilesTool: ModelTool {
    /// The most files that are listed.
    static let filesMaximum = 1_000

    let kind = ToolCall.Kind.search
    let description = ToolDescription(
        name: "list_files",
        text: "List the files of the project folder, or of a folder in it. Files that git ignores are left out.",
        parameters: .arguments(["path": ("string", "A folder, relative to the project folder.")], required: []))

    func title(of input: JSON) -> String {
        input["path"]?.string.map { "List the files in \($0)" } ?? "List the files"
    }

    func paths(in input: JSON) -> [String] { [input["path"]?.string ?? "."] }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let prefix = try context.place(input)
        let inside = try context.files().filter { prefix == "." || $0.path.hasPrefix(prefix + "/") }
        guard !inside.isEmpty else { return ToolOutcome("There are no files.") }
        var lines = inside.prefix(Self.filesMaximum).map { "\($0.path) (\($0.stamp.size) bytes)" }
        if inside.count > lines.count { lines.append("… and \(inside.count - lines.count) more: name a folder") }
        return ToolOutcome(lines.joined(separator: "\n"))
    }
}

/// `read_file`: a text file, or some of its lines.
struct ReadFileTool: FileTool {
    /// How many lines are read when the model asks for no number.
    static let linesDefault: Int64 = 1_000

    let kind = ToolCall.Kind.read
    let description = ToolDescription(
        name: "read_file", text: "Read a text file of the project folder. The lines are numbered.",
        parameters: .arguments(
            [
                "path": ("string", "The file, relative to the project folder."),
                "line": ("integer", "The first line to read, from 1."),
                "limit": ("integer", "How many lines to read; 1000 by default."),
            ], required: ["path"]))

    let verb = "Read"

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let path = try context.path(input)
        guard let text = try context.text(of: path) else { throw ToolFailure("there is no file '\(path)'") }
        let first = max(1, input["line"]?.integer(in: .count) ?? 1)
        let limit = max(1, input["limit"]?.integer(in: .count) ?? Self.linesDefault)
        let lines = text.lines
        let count = Int64(lines.count)
        guard first <= max(1, count) else { throw ToolFailure("'\(path)' has only \(count) lines") }
        let last = min(count, first + limit - 1)
        let shown = lines[Int(first - 1)..<Int(max(first - 1, last))]
        var numbered = shown.enumerated().map { "\(Int64($0.offset) + first)\t\($0.element)" }
        if last < count { numbered.append("… \(count - last) more lines") }
        return ToolOutcome(
            numbered.isEmpty ? "The file is empty." : numbered.joined(separator: "\n"),
            content: [
                ToolCall.textContent(
                    Markdown.block(
                        shown.joined(separator: "\n").middleCut(to: ToolOutcome.bytesMaximum).lines,
                        language: Markdown.language(of: path)))
            ])
    }
}

/// `search`: the lines of the folder's files that hold a text or match an expression.
struct SearchTool: ModelTool {
    /// The most lines that are found.
    static let linesMaximum = 200
    /// The most bytes of a line that are shown, and searched with an expression.
    static let lineBytesMaximum = 300

    let kind = ToolCall.Kind.search
    let description = ToolDescription(
        name: "search",
        text:
            "Search the text files of the project folder for a text, and list the lines that hold it as path:line: text.",
        parameters: .arguments(
            [
                "query": ("string", "The text to search for. Upper and lower case count only if it has upper case."),
                "regex": ("boolean", "Whether the text is a POSIX extended regular expression."),
                "path": ("string", "Search only in this folder or file."),
            ], required: ["query"]))

    func title(of input: JSON) -> String { "Search for \(input["query"]?.string ?? "nothing")" }
    func paths(in input: JSON) -> [String] { [input["path"]?.string ?? "."] }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        guard let query = input["query"]?.string, !query.isEmpty else { throw ToolFailure("'query' is missing") }
        let pattern = try LinePattern(query, isExpression: input["regex"]?.bool ?? false)
        let prefix = try context.place(input)
        let files = try context.files()
        let folder = try context.open()
        var found: [String] = []
        var isMore = false
        for file in files where prefix == "." || file.path == prefix || file.path.hasPrefix(prefix + "/") {
            try Task.checkCancellation()
            // What a rule keeps from being read is not found either.
            guard context.mayRead(file.path),
                case .text(let text, _) = folder.contents(of: file.path, bytesMaximum: context.limits.fileBytes)
            else { continue }
            for (index, line) in text.lines.enumerated() where pattern.matches(line[...]) {
                guard found.count < Self.linesMaximum else {
                    isMore = true
                    break
                }
                found.append("\(file.path):\(index + 1): \(line[...].cut(to: Self.lineBytesMaximum))")
            }
            if isMore { break }
        }
        if isMore { found.append("… there are more: search for something longer, or in one folder") }
        return ToolOutcome(found.isEmpty ? "Nothing found." : found.joined(separator: "\n"))
    }
}
