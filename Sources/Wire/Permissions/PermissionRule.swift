/// A rule about what agents may do without asking: of the configuration (`[[permissions.rules]]`), of a file of
/// `--permissions rule:FILE`, or of an answer that holds always.
public struct PermissionRule: Hashable, Sendable {
    /// What the rule says. Of several that match, the strictest counts.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        case allow, ask, deny

        fileprivate var strictness: Int {
            switch self {
            case .allow: 0
            case .ask: 1
            case .deny: 2
            }
        }
    }

    /// What the rule says.
    public var action: Action
    /// The kinds of tools that it is about; empty for all.
    public var kinds: Set<ToolCall.Kind>
    /// The commands, or the paths relative to the session's folder, that it is about, with `*` for any text; `nil` for all.
    public var pattern: String?
    /// The folder of the sessions that it is about, and those below it; `nil` for all.
    public var folder: String?

    /// Creates a rule.
    public init(_ action: Action, kinds: Set<ToolCall.Kind> = [], pattern: String? = nil, folder: String? = nil) {
        self.action = action
        self.kinds = kinds
        self.pattern = pattern
        self.folder = folder
    }

    /// The rule in a line, for people.
    public var text: String {
        var parts = [action.rawValue]
        if !kinds.isEmpty { parts.append(kinds.map(\.rawValue).sorted().joined(separator: ", ")) }
        if let pattern { parts.append("'\(pattern.withoutControls)'") }
        if let folder { parts.append("in \(folder.withoutControls)") }
        return parts.joined(separator: " ")
    }
}

extension PermissionRule {
    /// The rule that decides; `nil` when none matches, and the user is asked.
    public static func deciding(_ subject: PermissionSubject, among rules: [PermissionRule]) -> PermissionRule? {
        rules.filter { $0.matches(subject) }.max { $0.action.strictness < $1.action.strictness }
    }

    private func matches(_ subject: PermissionSubject) -> Bool {
        guard kinds.isEmpty || kinds.contains(subject.kind) else { return false }
        if let folder, subject.folder != folder,
            !subject.folder.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
        {
            return false
        }
        // What is outside of the session's folder is allowed only by a pattern that says so, and nothing that goes up.
        if action == .allow {
            guard !subject.goesUp, !subject.isOutside || pattern?.hasPrefix("/") == true else { return false }
        }
        guard let pattern else { return true }
        let isAboutCommand = subject.command.map { matches(pattern, command: $0, subject.kind) }
        let isAboutPaths = subject.paths.map { Wildcard.matches(pattern, $0) }
        // What allows has to be about everything, what forbids about one.
        guard action == .allow else { return isAboutCommand == true || isAboutPaths.contains(true) }
        // The files of a command are what it says that it works on.
        if subject.kind == .execute, let isAboutCommand { return isAboutCommand }
        return isAboutCommand != false && !isAboutPaths.contains(false)
            && (isAboutCommand != nil || !isAboutPaths.isEmpty)
    }

    /// A pattern allows no command, of a kind that a shell could run, that a shell would make more of than one: `make *` is
    /// not about `make x; rm -r y`.
    private func matches(_ pattern: String, command: String, _ kind: ToolCall.Kind) -> Bool {
        guard action == .allow, kind != .fetch, !Wildcard.isLiteral(pattern) else {
            return Wildcard.matches(pattern, command)
        }
        // By bytes, as a shell reads it: to Swift, CR and LF are one character, and an accent changes a semicolon.
        let isPlain = !command.utf8.contains { ";&|<>`$()\\\n\r".utf8.contains($0) }
        return isPlain && Wildcard.matches(pattern, command)
    }
}

extension PermissionRule {
    /// The rule of an answer that holds always: for a command that one, for files all that the kind of tool does, in the
    /// session's folder and below.
    public init(_ action: Action, for subject: PermissionSubject) {
        self.init(
            action, kinds: [subject.kind], pattern: subject.command.map(Wildcard.literal), folder: subject.folder)
    }
}

extension PermissionRule: JSONConvertible {
    /// Decodes a rule, as it stands in a file.
    ///
    /// - Throws: ``RPCError`` −32602 that names what is wrong, also for a member that a rule does not have.
    public init(json: JSON) throws(RPCError) {
        guard let members = json.members else { throw .invalidParams("a rule is not a table") }
        if let other = members.first(where: { !["action", "kinds", "pattern", "folder"].contains($0.key) }) {
            throw .invalidParams("a rule has no key '\(other.key.withoutControls)'")
        }
        guard let action = json["action"]?.string.flatMap(Action.init(rawValue:)) else {
            throw .invalidParams("'action' of a rule is not \"allow\", \"ask\" or \"deny\"")
        }
        self.init(action)
        if let list = json["kinds"] {
            let kinds = list.array?.compactMap { $0.string.flatMap(ToolCall.Kind.init(rawValue:)) }
            guard let kinds, kinds.count == list.array?.count else {
                throw .invalidParams(
                    "'kinds' of a rule is not a list of kinds of tools, such as [\"edit\", \"execute\"]")
            }
            self.kinds = Set(kinds)
        }
        if let text = json["pattern"] {
            guard let text = text.string, !text.isEmpty else {
                throw .invalidParams("'pattern' of a rule is not a text")
            }
            pattern = text
        }
        if let path = json["folder"] {
            guard let path = path.string, path.hasPrefix("/") else {
                throw .invalidParams("'folder' of a rule is not an absolute path")
            }
            folder = path
        }
    }

    /// The rule, as it stands in a file.
    public var json: JSON {
        .object(of: [
            "action": .string(action.rawValue),
            "kinds": kinds.isEmpty ? nil : .array(kinds.map(\.rawValue).sorted().map { .string($0) }),
            "pattern": pattern.map { .string($0) }, "folder": folder.map { .string($0) },
        ])
    }
}
