import Glibc
public import Wire

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
        guard let pattern else { return true }
        if let command = subject.command { return matches(pattern, command: command) }
        guard !subject.paths.isEmpty else { return false }
        // What allows has to be about every path, what forbids about one.
        return action == .allow
            ? subject.paths.allSatisfy { Self.matches(pattern, $0) }
            : subject.paths.contains { Self.matches(pattern, $0) }
    }

    /// A pattern allows no command that a shell would make more of than one: `make *` is not about `make x; rm -r y`.
    private func matches(_ pattern: String, command: String) -> Bool {
        guard action == .allow, !Self.isLiteral(pattern) else { return Self.matches(pattern, command) }
        let isPlain = !command.contains { ";&|<>`$()\\\n\r".contains($0) }
        return isPlain && Self.matches(pattern, command)
    }

    /// Whether every character of a pattern stands for itself.
    private static func isLiteral(_ pattern: String) -> Bool {
        var isEscaped = false
        for character in pattern {
            if !isEscaped, "*?[".contains(character) { return false }
            isEscaped = !isEscaped && character == "\\"
        }
        return true
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool {
        !text.utf8.contains(0) && !pattern.utf8.contains(0) && fnmatch(pattern, text, 0) == 0
    }
}
