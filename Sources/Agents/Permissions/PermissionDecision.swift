public import Wire

/// Whether something may be done.
public enum PermissionDecision: Hashable, Sendable {
    /// A rule allows or denies it.
    case rule(PermissionRule)
    /// Nobody is attached who could be asked, and the policy for that is to reject; whether a rule wants a question even
    /// for what would not be asked about otherwise.
    case unattended(isRequired: Bool)
    /// The user is asked; whether a rule wants that, as above.
    case ask(isRequired: Bool)

    /// Whether it is allowed; `nil` when the user is asked.
    public var isAllowed: Bool? {
        switch self {
        case .rule(let rule): rule.action == .allow
        case .unattended: false
        case .ask: nil
        }
    }

    /// Whether no rule is about it: what only looks is then done, whoever is there.
    var leavesLookingAlone: Bool { self == .ask(isRequired: false) || self == .unattended(isRequired: false) }

    /// The entry that says who decided about a tool call, and why; `nil` when the user is asked, whose answer is an entry of
    /// its own.
    func entry(on call: String) -> Entry.Body? {
        guard let isAllowed else { return nil }
        let rule: String? = if case .rule(let rule) = self { rule.text } else { nil }
        let data = JSON.object(of: [
            "toolCallId": .string(call), "decision": isAllowed ? "allow" : "deny",
            "by": rule == nil ? "unattended" : "rule", "rule": rule.map { .string($0) },
        ])
        return .event(.other(kind: "permission", data: data))
    }

    /// Why it is not allowed, for the agent.
    var refusal: String {
        switch self {
        case .rule(let rule): "A rule of the user forbids it (\(rule.text)). Do not try it in another way."
        case .unattended: "The user is away, and wants nothing done meanwhile that has to be asked about."
        case .ask: ""
        }
    }
}
