/// The earlier states of the input, for undo.
///
/// What is typed without a pause is one step, word by word; so is what is deleted character by character.
struct UndoStack<State: Hashable & Sendable>: Hashable, Sendable {
    /// What changes the text.
    enum Change: Hashable, Sendable {
        case typing, deleting, other
    }

    /// The most steps.
    static var stepsMaximum: Int { 200 }
    /// The most text in all steps, in bytes; the oldest steps are dropped.
    static var bytesMaximum: Int { 1 << 20 }

    private struct Step: Hashable {
        var state: State
        var bytes: Int
    }

    private var steps: [Step] = []
    private var bytes = 0
    /// The kind of the last change; `nil` when the next one begins a step, whatever it is.
    private var last: Change?

    /// A change is about to happen.
    mutating func remember(_ state: State, bytes count: Int, before change: Change) {
        defer { last = change }
        if change != .other, change == last { return }
        steps.append(Step(state: state, bytes: count))
        bytes += count
        while steps.count > UndoStack.stepsMaximum || bytes > UndoStack.bytesMaximum, !steps.isEmpty {
            bytes -= steps.removeFirst().bytes
        }
    }

    /// The next change begins a step of its own: the cursor moved, or a word ended.
    mutating func endStep() { last = nil }

    /// The state before the last step; `nil` when there is none.
    mutating func undo() -> State? {
        last = nil
        guard let step = steps.popLast() else { return nil }
        bytes -= step.bytes
        return step.state
    }
}
