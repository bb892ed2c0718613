/// The meaning of a part of the screen; a theme assigns a style to each role.
///
/// A role without a style takes that of its parent, whose name is the part before the last dot; the root is `text`.
public enum Role: String, Hashable, Sendable, CaseIterable {
    case text, user, agent, link, error, warning, success, selection, border, header, status, spark, gap, plan, tool
    case permission, diff, code, markdown = "md", input, popup, syntax
    case textMuted = "text.muted"
    case textStrong = "text.strong"
    case agentThought = "agent.thought"
    case borderFocus = "border.focus"
    case statusLive = "status.live"
    case statusRetry = "status.retry"
    case statusOffline = "status.offline"
    case statusLatency = "status.latency"
    case sparkGood = "spark.good"
    case sparkBad = "spark.bad"
    case planDone = "plan.done"
    case planNow = "plan.now"
    case planTodo = "plan.todo"
    case toolRunning = "tool.running"
    case toolDone = "tool.done"
    case toolFailed = "tool.failed"
    case diffAdd = "diff.add"
    case diffRemove = "diff.remove"
    case diffHunk = "diff.hunk"
    case markdownHeading = "md.heading"
    case markdownQuote = "md.quote"
    case markdownCode = "md.code"
    case inputPrompt = "input.prompt"
    case inputPlaceholder = "input.placeholder"
    case syntaxKeyword = "syntax.keyword"
    case syntaxString = "syntax.string"
    case syntaxNumber = "syntax.number"
    case syntaxComment = "syntax.comment"
    /// A type, or another name that stands for a kind of thing: an element, a section, a class of CSS.
    case syntaxType = "syntax.type"
    /// A name with a value: a key, an attribute, a variable of the shell.
    case syntaxName = "syntax.name"

    /// The role whose style this one takes when a theme has none for it; `nil` for `text`.
    public var parent: Role? {
        if self == .text { return nil }
        guard let dot = rawValue.lastIndex(of: ".") else { return .text }
        return Role(rawValue: String(rawValue[..<dot])) ?? .text
    }
}
