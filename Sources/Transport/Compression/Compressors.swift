import Synchronization

/// Counts the compressors that a server holds at the moment, within a bound.
///
/// A connection that finds no place sends its messages uncompressed, which is always allowed.
public final class Compressors: Sendable {
    /// The most that there may be at once; with 54 KiB each, 54 MiB.
    public static let usual = 1_024

    /// The most that there may be at once.
    public let maximum: Int
    private let count = Atomic(0)

    /// Creates a count of zero.
    public init(maximum: Int = Compressors.usual) { self.maximum = maximum }

    /// How many there are now.
    public var live: Int { count.load(ordering: .relaxed) }

    /// Takes a place, unless all are taken.
    func take() -> Place? {
        guard count.add(1, ordering: .relaxed).newValue <= maximum else {
            count.subtract(1, ordering: .relaxed)
            return nil
        }
        return Place(of: self)
    }

    /// A place that is taken, until it is freed.
    package struct Place: ~Copyable {
        private let compressors: Compressors

        fileprivate init(of compressors: Compressors) { self.compressors = compressors }

        deinit { compressors.count.subtract(1, ordering: .relaxed) }
    }
}
