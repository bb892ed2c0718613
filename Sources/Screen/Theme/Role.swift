/// What a piece of the screen means; a theme says how each looks.
///
/// A role that a theme leaves out takes its parent, which is named by what stands before the last dot; the parent of
/// all is `text`.
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
    case inputPrompt = "input.prompt"
    case inputPlaceholder = "input.placeholder"
    case syntaxKeyword = "syntax.keyword"
    case syntaxString = "syntax.string"
    case syntaxNumber = "syntax.number"
    case syntaxComment = "syntax.comment"

    /// The role that this one takes when a theme leaves it out.
    public var parent: Role? {
        if self == .text { return nil }
        guard let dot = rawValue.lastIndex(of: ".") else { return .text }
        return Role(rawValue: String(rawValue[..<dot])) ?? .text
    }
}
