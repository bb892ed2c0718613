/// An error of an agent whose words are meant for its user: they become the end of the turn.
///
/// Any other error ends the turn with a sentence of the server's; a library's words can hold paths and statements that
/// are nobody's but the operator's.
public protocol TurnError: Error {
    /// One sentence: what happened, and what to do.
    var sentence: String { get }
}

/// A turn cannot go on, and why.
public struct TurnFailure: TurnError, Hashable {
    /// One sentence: what happened, and what to do.
    public let sentence: String

    /// A failure.
    public init(_ sentence: String) { self.sentence = sentence }
}
