/// What the prompts of a batch run have come to so far.
struct BatchTally: Hashable, Sendable {
    /// The exit code: that of the first prompt that failed.
    private(set) var exit = BatchExit.ok
    /// The text of the last turn that ended.
    private(set) var text = ""
    /// The last complete answer; a partial one never replaces a file. `nil` when there is none.
    private(set) var answer: String?
    /// How many turns are counted: a prompt that ends the run by its failure is not.
    private(set) var turns = 0

    /// Counts a prompt that is over.
    ///
    /// - Parameter keepsGoing: Whether the run continues after a prompt that failed.
    /// - Returns: Whether the run continues.
    mutating func add(_ outcome: BatchPrompt.Outcome, keepsGoing: Bool) -> Bool {
        let code: BatchExit
        switch outcome {
        case .refused: code = .unavailable
        case .unfinished(let partial): (code, text) = (.unfinished, partial)
        case .answered(let whole): (code, text, answer) = (.ok, whole, whole)
        }
        if exit == .ok { exit = code }
        guard code == .ok || keepsGoing else { return false }
        turns += 1
        return true
    }
}
