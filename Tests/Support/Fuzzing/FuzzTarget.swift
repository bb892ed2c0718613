/// A reader that gets bytes of strangers. It must not trap, hang or grow without a bound, whatever they are.
public struct FuzzTarget: Sendable {
    /// Its name, and that of the folder of its corpus.
    public let name: String
    private let body: @Sendable ([UInt8]) throws(Oddity) -> Void

    /// A reader.
    init(_ name: String, _ body: @escaping @Sendable ([UInt8]) throws(Oddity) -> Void) {
        self.name = name
        self.body = body
    }

    /// Lets it read.
    ///
    /// - Returns: What is wrong with what it made of the bytes; `nil` when it took them well, or refused them.
    public func run(_ bytes: [UInt8]) -> String? {
        do throws(Oddity) {
            try body(bytes)
            return nil
        } catch {
            return error.sentence
        }
    }

    /// All of them.
    public static let all: [FuzzTarget] = texts + messages + layer + journal + sequences
}

/// Something that should always hold, and did not.
struct Oddity: Error {
    var sentence: String
}

func expect(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(Oddity) {
    guard condition else { throw Oddity(sentence: sentence()) }
}
