import NIOCore
import Wire

/// The event loops of a server. A connection stays on the one that accepted it, and a session on the one that its
/// identifier names.
struct EventLoops: Sendable {
    private let all: [any EventLoop]

    /// - Parameter all: The loops, at least one.
    init(_ all: [any EventLoop]) {
        precondition(!all.isEmpty, "a server needs an event loop")
        self.all = all
    }

    /// The loop of timers and of what belongs to no session and no connection.
    var first: any EventLoop { all[0] }

    /// The loop of a session.
    func loop(of session: SessionID) -> any EventLoop {
        var sum = FNV1a()
        sum.add(session.rawValue)
        return all[Int(sum.value % UInt64(all.count))]
    }
}
