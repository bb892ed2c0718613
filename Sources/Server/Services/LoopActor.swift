import NIOCore

/// An actor whose executor is an event loop, so that its methods run to completion there, in the order in which they
/// were posted.
protocol LoopActor: Actor {
    /// The event loop that the actor runs on.
    nonisolated var loop: any EventLoop { get }
}

extension LoopActor {
    /// Runs a closure on the actor: at once when this is its event loop, else behind all that this loop has posted
    /// before. So what one actor posts to another arrives in order.
    nonisolated func post(_ body: @escaping @Sendable (isolated Self) -> Void) {
        if loop.inEventLoop { return assumeIsolated(body) }
        loop.execute { self.assumeIsolated(body) }
    }
}
