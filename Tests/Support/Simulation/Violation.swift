/// An invariant that did not hold, in one sentence.
public struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Ends the run unless the condition holds.
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(Violation) {
    if !condition { throw Violation(sentence()) }
}
