import Platform
public import Wire

/// The rules that hold: those of the configuration, and those that users made by an answer that holds always.
public final class PermissionBook: Sendable {
    /// The most rules that answers of one user make; then one has to be deleted in the file.
    static let rulesMaximum = 1_000

    private struct Configured {
        var rules: [PermissionRule]
        var unattended: UnattendedPolicy
    }

    private struct Kept: Hashable {
        var owner: String
        var rule: PermissionRule
    }

    private let file: String?
    private let configured: Locked<Configured>
    private let kept: Locked<[Kept]>

    /// Rules that are kept in memory.
    ///
    /// - Parameters:
    ///   - rules: Those of the configuration, which are about everybody.
    ///   - unattended: What happens while nobody could be asked.
    public init(_ rules: [PermissionRule] = [], unattended: UnattendedPolicy = .wait) {
        file = nil
        configured = Locked(Configured(rules: rules, unattended: unattended))
        kept = Locked([])
    }

    /// As ``init(_:unattended:)``, with the rules that answers made.
    ///
    /// - Parameter file: Where they are kept, an absolute path.
    /// - Throws: `SystemError` when the file cannot be read, `JSONError` or ``RPCError`` when it holds something else.
    public init(_ rules: [PermissionRule], unattended: UnattendedPolicy, file: String) throws {
        self.file = file
        configured = Locked(Configured(rules: rules, unattended: unattended))
        kept = Locked(try Self.read(file))
    }

    /// Takes over the rules of a configuration that was read again.
    public func configure(_ rules: [PermissionRule], unattended: UnattendedPolicy) {
        configured.withLock { $0 = Configured(rules: rules, unattended: unattended) }
    }

    /// Whether something may be done, if that can be said without asking.
    ///
    /// - Parameters:
    ///   - owner: The user, whose own rules count.
    ///   - isAttended: Whether a client is attached that could be asked.
    public func decision(on subject: PermissionSubject, owner: String, isAttended: Bool) -> PermissionDecision {
        let own = kept.withLock { $0.filter { $0.owner == owner }.map(\.rule) }
        let (rules, policy) = configured.withLock { ($0.rules, $0.unattended) }
        let rule = PermissionRule.deciding(subject, among: rules + own)
        let isRequired = rule?.action == .ask
        if let rule, rule.action == .deny { return .rule(rule) }
        if !isAttended, policy == .reject { return .unattended(isRequired: isRequired) }
        if let rule, rule.action == .allow { return .rule(rule) }
        return !isAttended && policy == .rule ? .unattended(isRequired: isRequired) : .ask(isRequired: isRequired)
    }

    /// Keeps the rule of an answer that holds always.
    ///
    /// - Throws: ``TurnFailure`` when there are too many, `SystemError` when the file cannot be written; the answer holds
    ///   once then.
    public func keep(_ rule: PermissionRule, owner: String) throws {
        try kept.withLock { kept in
            let new = Kept(owner: owner, rule: rule)
            guard !kept.contains(new) else { return }
            guard kept.count(where: { $0.owner == owner }) < Self.rulesMaximum else {
                throw TurnFailure(
                    "\(Self.rulesMaximum) rules of this user are kept: delete some in \(file ?? "their file")")
            }
            if let file {
                let text = JSON.array((kept + [new]).map(Self.json)).text + "\n"
                // It has to be read again at the next start.
                guard text.utf8.count <= WholeFile.bytesMaximum else {
                    throw TurnFailure("the rules take \(WholeFile.bytesMaximum >> 10) KiB: delete some in \(file)")
                }
                try WholeFile.replace(file, with: text)
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
        guard let rules = try JSON(parsing: text).array else {
            throw RPCError.invalidParams("\(file) holds no list of rules")
        }
        return try rules.map { json in
            Kept(owner: try json.requiredString("owner"), rule: try PermissionRule(json: json["rule"] ?? .null))
        }
    }

    private static func json(_ kept: Kept) -> JSON { ["owner": .string(kept.owner), "rule": kept.rule.json] }
}

/// What happens with questions for a permission while no client is attached (`permissions.unattended`).
public enum UnattendedPolicy: String, Hashable, Sendable, CaseIterable {
    /// They wait.
    case wait
    /// They are rejected, whatever rules say.
    case reject
    /// Rules decide, and what none allows is rejected.
    case rule
}
