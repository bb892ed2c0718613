import Wire

/// `write_file`: replaces a file, or makes one.
struct WriteFileTool: FileTool {
    let kind = ToolCall.Kind.edit
    let hasEffect = true
    let description = ToolDescription(
        name: "write_file",
        text:
            "Write a text file of the project folder, with the folders that it needs. Replaces what is there. The user is asked.",
        parameters: .arguments(
            [
                "path": ("string", "The file, relative to the project folder."),
                "content": ("string", "The whole new text."),
            ], required: ["path", "content"]))

    let verb = "Write"

    func preview(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> [JSON] {
        let (path, text) = try arguments(input, context)
        return [FileChange(path: path, old: try context.text(of: path), new: text).content(context)]
    }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let (path, text) = try arguments(input, context)
        // What was allowed is the change that was shown, and not one of what somebody wrote meanwhile.
        if let diff = context.shown.first(where: { $0["type"] == "diff" }),
            try context.text(of: path) != diff["oldText"]?.string
        {
            throw ToolFailure("'\(path)' was changed since the user was asked: read it, and write it again")
        }
        try context.write(text, to: path)
        return done(path, text)
    }

    func outcome(ofInterrupted input: JSON, _ context: ToolContext) -> ToolOutcome? {
        guard let (path, text) = try? arguments(input, context), let found = try? context.text(of: path),
            found == text
        else { return nil }
        return done(path, text)
    }

    private func done(_ path: String, _ text: String) -> ToolOutcome {
        ToolOutcome("Wrote \(text.utf8.count) bytes to \(path).", content: [])
    }

    private func arguments(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> (String, String) {
        guard let text = input["content"]?.string else { throw ToolFailure("'content' is missing") }
        guard text.utf8.count <= ACPFiles.bytesMaximum else {
            throw ToolFailure("'content' is longer than \(ACPFiles.bytesMaximum >> 20) MiB")
        }
        return (try context.path(input), text)
    }
}

/// `edit_file`: replaces a text in a file that stands there exactly once.
struct EditFileTool: FileTool {
    let kind = ToolCall.Kind.edit
    let hasEffect = true
    let description = ToolDescription(
        name: "edit_file",
        text:
            "Replace a text in a file of the project folder. The old text must stand in the file exactly once, to the letter. The user is asked.",
        parameters: .arguments(
            [
                "path": ("string", "The file, relative to the project folder."),
                "old_text": ("string", "The text to replace, with as much around it as makes it unique."),
                "new_text": ("string", "What stands there afterwards."),
            ], required: ["path", "old_text", "new_text"]))

    let verb = "Edit"

    func preview(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> [JSON] {
        [try change(input, context).content(context)]
    }

    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome {
        let change = try change(input, context)
        try context.write(change.new, to: change.path)
        return ToolOutcome("Edited \(change.path).", content: [])
    }

    /// Done is what has the new text, and the old one nowhere any more.
    func outcome(ofInterrupted input: JSON, _ context: ToolContext) -> ToolOutcome? {
        guard let path = try? context.path(input), let old = input["old_text"]?.string,
            let new = input["new_text"]?.string, let text = try? context.text(of: path), !new.isEmpty,
            text.places(of: old) == 0 || new.places(of: old) > 0, text.places(of: new) == 1
        else { return nil }
        return ToolOutcome("Edited \(path).", content: [])
    }

    private func change(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> FileChange {
        let path = try context.path(input)
        guard var old = input["old_text"]?.string, !old.isEmpty else { throw ToolFailure("'old_text' is missing") }
        guard var new = input["new_text"]?.string else { throw ToolFailure("'new_text' is missing") }
        guard let text = try context.text(of: path) else { throw ToolFailure("there is no file '\(path)'") }
        // The model was shown lines without their CR.
        if text.contains("\r\n"), !old.contains("\r\n") { (old, new) = (old.withCR, new.withCR) }
        let places = text.places(of: old)
        guard places == 1 else {
            throw ToolFailure(
                places == 0
                    ? "'old_text' does not stand in '\(path)': read the file, and copy it to the letter"
                    : "'old_text' stands \(places) times in '\(path)': give more of what is around it")
        }
        let changed = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: new)
        return FileChange(path: path, old: text, new: changed)
    }
}

/// A change of a file, which is shown before it is made.
struct FileChange {
    /// The longest file whose change is shown, in bytes; of a longer one only the path is.
    static let shownBytesMaximum = 64 << 10

    var path: String
    /// `nil` for a file that is not there yet.
    var old: String?
    var new: String

    /// The change as ACP's `diff`.
    func content(_ context: ToolContext) -> JSON {
        let length = new.utf8.count + (old?.utf8.count ?? 0)
        guard length <= Self.shownBytesMaximum else {
            return ToolCall.textContent("\(path): \(old?.utf8.count ?? 0) bytes become \(new.utf8.count) bytes.")
        }
        return .object(of: [
            "type": "diff", "path": .string(context.absolute(path)), "oldText": old.map { .string($0) },
            "newText": .string(new),
        ])
    }
}

extension String {
    /// With CR LF as the ends of lines.
    fileprivate var withCR: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }

    /// How many times a text stands in this one, without overlaps.
    fileprivate func places(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
