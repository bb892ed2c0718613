import AsyncHTTPClient
import Wire

/// A tool that a model may call.
protocol ModelTool: Sendable {
    /// What the model is told of it.
    var description: ToolDescription { get }
    /// What it does, in ACP's terms.
    var kind: ToolCall.Kind { get }
    /// Whether it changes something outside of the journal: then its user is asked first, and it is never repeated without
    /// being asked about.
    var hasEffect: Bool { get }

    /// What a call does, for people, in a line.
    func title(of input: JSON) -> String
    /// The paths that a call is about, as the model gave them.
    func paths(in input: JSON) -> [String]
    /// The command that a call runs, or the address that it fetches, if it does.
    func command(in input: JSON) -> String?

    /// What a call would change, for the question to the user; a call that cannot work fails here, and nobody is asked.
    func preview(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> [JSON]
    /// Makes a call.
    func run(_ input: JSON, _ context: ToolContext) async throws -> ToolOutcome
    /// Whether the effect of a call that was cut off is there, as far as can be seen; `nil` when it cannot be seen.
    func outcome(ofInterrupted input: JSON, _ context: ToolContext) -> ToolOutcome?
}

extension ModelTool {
    var hasEffect: Bool { false }
    func paths(in input: JSON) -> [String] { [] }
    func command(in input: JSON) -> String? { nil }
    func preview(_ input: JSON, _ context: ToolContext) throws(ToolFailure) -> [JSON] { [] }
    func outcome(ofInterrupted input: JSON, _ context: ToolContext) -> ToolOutcome? { nil }
}

/// A tool that does one thing to one file.
protocol FileTool: ModelTool {
    /// What it does, as the beginning of a title.
    var verb: String { get }
}

extension FileTool {
    func title(of input: JSON) -> String { "\(verb) \(input["path"]?.string ?? "a file")" }
    func paths(in input: JSON) -> [String] { [input["path"]?.string].compactMap { $0 } }
}

/// What came of a call.
struct ToolOutcome: Sendable {
    var status = ToolCall.Status.completed
    /// The result for the model.
    var text: String
    /// The result for people; `nil` for ``text``, empty to leave what was shown before, such as a diff.
    var content: [JSON]?
    /// Further entries, which are written in front of the result.
    var events: [Entry.Body] = []

    /// The most bytes of a result that a model is told.
    static let bytesMaximum = 48 << 10

    init(
        _ text: String, status: ToolCall.Status = .completed, content: [JSON]? = nil, events: [Entry.Body] = []
    ) {
        self.text = text.middleCut(to: Self.bytesMaximum)
        self.status = status
        self.content = content
        self.events = events
    }
}

/// Why a call did not work, in a sentence for the model.
struct ToolFailure: Error, Hashable {
    var sentence: String
    /// Whether it took too long.
    var isTimeout: Bool

    init(_ sentence: String, isTimeout: Bool = false) {
        self.sentence = sentence
        self.isTimeout = isTimeout
    }

    var outcome: ToolOutcome { ToolOutcome(sentence, status: .failed) }
}

/// What a tool works with.
struct ToolContext: Sendable {
    var folder: SessionFolder
    /// What the session remembers.
    var memory: [String: JSON]
    /// The program that guards commands, an absolute path.
    var guardian: String
    /// Variables of this process that commands do not get, such as the model's key.
    var withheld: Set<String>
    /// For what comes from the web.
    var client: HTTPClient
    /// Whether a file may be read without asking.
    var mayRead: @Sendable (String) -> Bool
    var limits = LibrarianLimits()
    /// What the user was shown of the call before allowing it.
    var shown: [JSON] = []
    /// Shows people what a call has put out so far.
    var show: @Sendable (String) async throws -> Void

    /// The path below the session's folder that a model means, relative or absolute.
    func path(_ input: JSON) throws(ToolFailure) -> String {
        guard let path = input["path"]?.string, !path.isEmpty else { throw ToolFailure("'path' is missing") }
        return try relative(path)
    }

    /// As ``path(_:)``, where a call without one is about the whole folder.
    func place(_ input: JSON) throws(ToolFailure) -> String {
        (input["path"] ?? .null) == .null ? "." : try path(input)
    }

    /// A path below the session's folder, without what means nothing in it; `.` for the folder.
    func relative(_ path: String) throws(ToolFailure) -> String {
        if path == folder.location || path == folder.path { return "." }
        let rest = folder.below(path) ?? path[...]
        guard !rest.hasPrefix("/") else {
            throw ToolFailure("'\(path)' is not in the session's folder, \(folder.path)")
        }
        let parts = rest.split(separator: "/").filter { $0 != "." }
        guard parts.allSatisfy({ $0 == ".." || Folder.isName($0) }) else { throw ToolFailure("'\(path)' is no path") }
        guard !parts.contains("..") else { throw ToolFailure("'\(path)' leads out of the session's folder") }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// The files of the folder, without those that git ignores.
    func files() throws -> [Listing.File] {
        do { return try FileLister.list(folder, limits: limits).files } catch let error as SystemError {
            throw ToolFailure("the folder cannot be read: \(error)")
        }
    }

    /// Opens the session's folder.
    func open() throws(ToolFailure) -> Folder {
        do throws(SystemError) { return try Folder(folder) } catch {
            throw ToolFailure("the session's folder cannot be opened: \(error)")
        }
    }

    /// The text of a file; `nil` when there is none.
    func text(of path: String) throws(ToolFailure) -> String? {
        switch try open().contents(of: path, bytesMaximum: ACPFiles.bytesMaximum) {
        case .text(let text, _): return text
        case .skipped(let reason, _): throw ToolFailure("'\(path)' cannot be used: \(reason.rawValue)")
        case .gone: return nil
        }
    }

    /// Replaces a file.
    func write(_ text: String, to path: String) throws(ToolFailure) {
        do throws(SystemError) { try Folder(folder).replace(path, with: Array(text.utf8)) } catch {
            throw ToolFailure("'\(path)' cannot be written: \(error)")
        }
    }

    /// The absolute path, for people.
    func absolute(_ path: String) -> String {
        path == "." ? folder.path : (folder.path.hasSuffix("/") ? folder.path : folder.path + "/") + path
    }
}

extension JSON {
    /// The schema of a tool's arguments: a name, its type and its meaning for each.
    static func arguments(_ properties: KeyValuePairs<String, (type: String, about: String)>, required: [String])
        -> JSON
    {
        [
            "type": "object",
            "properties": .object(
                properties.map { name, property in
                    JSON.Member(name, ["type": .string(property.type), "description": .string(property.about)])
                }),
            "required": .array(required.map { .string($0) }),
        ]
    }
}
