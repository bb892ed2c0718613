/// An error of an agent whose sentence is meant for the user, and ends the turn.
///
/// Any other error ends the turn with a general sentence, since messages of libraries can hold paths and SQL statements
/// that only the operator may see.
public protocol TurnError: Error {
    /// One sentence: what happened, and what to do.
    var sentence: String { get }
}

/// A failure of a turn, with the sentence for the user.
public struct TurnFailure: TurnError, Hashable {
    /// One sentence: what happened, and what to do.
    public let sentence: String

    /// Creates the failure with its sentence.
    public init(_ sentence: String) { self.sentence = sentence }
}
