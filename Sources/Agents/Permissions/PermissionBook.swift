import Platform
import Wire

/// The rules that hold: those of the configuration, and those that users made by an answer that holds always.
public final class PermissionBook: Sendable {
    /// The most rules that answers make; then one has to be deleted in the file.
    static let rulesMaximum = 1_000

    private struct Kept: Hashable {
        var owner: String
        var rule: PermissionRule
    }

    private let file: String?
    private let configured: Locked<[PermissionRule]>
    private let kept: Locked<[Kept]>

    /// Opens the rules.
    ///
    /// - Parameters:
    ///   - rules: Those of the configuration, which are about everybody.
    ///   - file: Where those are kept that answers make, an absolute path; `nil` to keep them in memory.
    /// - Throws: `SystemError` when the file cannot be read, ``RPCError`` when it holds something else.
    public init(_ rules: [PermissionRule] = [], file: String? = nil) throws {
        self.file = file
        configured = Locked(rules)
        kept = Locked(try file.map(Self.read) ?? [])
    }

    /// Takes over the rules of a configuration that was read again.
    public func configure(_ rules: [PermissionRule]) { configured.withLock { $0 = rules } }

    /// The rule that decides; `nil` when the user is asked.
    public func rule(for subject: PermissionSubject, owner: String) -> PermissionRule? {
        let own = kept.withLock { $0.filter { $0.owner == owner }.map(\.rule) }
        return PermissionRule.deciding(subject, among: configured.withLock { $0 } + own)
    }

    /// Keeps the rule of an answer that holds always.
    ///
    /// - Throws: When it cannot be kept, which is said; the answer holds once then.
    public func keep(_ rule: PermissionRule, owner: String) throws {
        try kept.withLock { kept in
            let new = Kept(owner: owner, rule: rule)
            guard !kept.contains(new) else { return }
            guard kept.count < Self.rulesMaximum else {
                throw TurnFailure("\(Self.rulesMaximum) rules are kept: delete some in \(file ?? "their file")")
            }
            if let file {
                let json = JSON.array((kept + [new]).map(Self.json))
                try WholeFile.replace(file, with: json.text + "\n")
            }
            kept.append(new)
        }
    }

    private static func read(_ file: String) throws -> [Kept] {
        let text: String
        do { text = try WholeFile.text(file) } catch {
            if error.isAbsence { return [] }
            throw error
        }
        return try JSON(parsing: text).array?.compactMap { json in
            guard let owner = json["owner"]?.string, let rule = PermissionRule(json: json) else { return nil }
            return Kept(owner: owner, rule: rule)
        } ?? []
    }

    private static func json(_ kept: Kept) -> JSON {
        .object(of: [
            "owner": .string(kept.owner), "action": .string(kept.rule.action.rawValue),
            "kinds": .array(kept.rule.kinds.map(\.rawValue).sorted().map { .string($0) }),
            "pattern": kept.rule.pattern.map { .string($0) }, "folder": kept.rule.folder.map { .string($0) },
        ])
    }
}

extension PermissionRule {
    fileprivate init?(json: JSON) {
        guard let action = json["action"]?.string.flatMap(Action.init(rawValue:)) else { return nil }
        let kinds = (json["kinds"]?.array ?? []).compactMap { $0.string.flatMap(ToolCall.Kind.init(rawValue:)) }
        self.init(action, kinds: Set(kinds), pattern: json["pattern"]?.string, folder: json["folder"]?.string)
    }
}
