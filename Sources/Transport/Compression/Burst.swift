package import NIOCore

/// Decides which messages of a server are compressed: those of a burst, such as a replay or a streaming turn.
///
/// A burst begins with the message that makes 1 KiB within a second, and ends when none was sent for a second. Before
/// that there is little to gain: a few small messages fit one segment of TCP as they are, and one that refers to nothing
/// is hardly shorter compressed.
package struct Burst {
    /// The bytes within a second that begin one.
    static let bytesMinimum = 1 << 10
    /// The time without a message that ends one.
    static let pause = TimeAmount.seconds(1)

    private enum State {
        /// So many bytes were sent since `begin`.
        case quiet(bytes: Int, begin: NIODeadline)
        /// The last message was sent at `last`.
        case running(last: NIODeadline)
    }

    private var state = State.quiet(bytes: 0, begin: .distantPast)

    /// Begins with a connection: nothing was sent yet.
    package init() {}

    /// A message is sent.
    ///
    /// - Parameters:
    ///   - bytes: Its length.
    ///   - now: The present time.
    /// - Returns: Whether it is to be compressed.
    package mutating func takes(_ bytes: Int, at now: NIODeadline) -> Bool {
        var (sum, start) = (bytes, now)
        switch state {
        case .quiet(let earlier, let begin) where now - begin < Burst.pause: (sum, start) = (bytes + earlier, begin)
        case .quiet: break
        case .running(let last) where now - last < Burst.pause:
            state = .running(last: now)
            return true
        // It is over, and nobody has asked since.
        case .running: break
        }
        guard sum < Burst.bytesMinimum else {
            state = .running(last: now)
            return true
        }
        state = .quiet(bytes: sum, begin: start)
        return false
    }

    /// Ends the burst if it is over.
    ///
    /// - Returns: When to ask again; `nil` when there is no burst now.
    package mutating func check(at now: NIODeadline) -> NIODeadline? {
        guard case .running(let last) = state else { return nil }
        guard now - last < Burst.pause else {
            state = .quiet(bytes: 0, begin: .distantPast)
            return nil
        }
        return last + Burst.pause
    }
}
