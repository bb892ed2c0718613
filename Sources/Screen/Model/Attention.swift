import Wire

/// What the user is told while another window has the focus, and what the window's title says.
extension Model {
    /// What may be worth a notification, taken before and after an event.
    struct Attention: Hashable, Sendable {
        fileprivate var isWorking: Bool
        fileprivate var questions: Int
    }

    var attention: Attention { Attention(isWorking: turn != nil, questions: box.waiting) }

    /// Notifies of a turn that has ended and of a question, unless the user can see it.
    func notifications(since before: Attention) -> [Command] {
        if hasFocus { return [] }
        if box.waiting > before.questions { return [.notify("\(title): the agent asks for an answer")] }
        if before.isWorking, turn == nil { return [.notify("\(title): the agent has answered")] }
        return []
    }

    /// The title of the terminal's window.
    public var windowTitle: String {
        let mark = box.waiting > 0 ? "? " : turn != nil && isLive ? "* " : ""
        return "\(mark)\(title) - belay"
    }
}
