import Ledger
import NIOCore
import NIOPosix

/// Threads that work on the disk for clients: loading, history, replays, and making and deleting sessions. Users share
/// them fairly, and commits and tokens have threads of their own, which nothing here can delay.
///
/// Confined to the hub's loop.
final class Readers {
    /// How many threads there are.
    static let threadCount = 3
    /// How many of them one user may have at a time: one is always left for another.
    private static let share = 2

    private let loop: any EventLoop
    let threads: NIOThreadPool
    private var queue = FairQueue<Principal, Job>(share: Readers.share)

    /// A job, and how it fails if it is never begun.
    private struct Job {
        var run: () -> Void
        var drop: (any Error) -> Void
    }

    /// The server ends: what waited is not done any more.
    struct Ended: Error {}

    init(loop: any EventLoop) {
        self.loop = loop
        threads = NIOThreadPool(numberOfThreads: Readers.threadCount)
        threads.start()
    }

    /// Runs something that waits for the disk, when it is the user's turn.
    func run<Value: Sendable>(
        for user: Principal, _ body: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        let promise = loop.makePromise(of: Value.self)
        let bound = NIOLoopBound(self, eventLoop: loop)
        queue.add(
            Job(
                run: { [threads, loop] in
                    let done = threads.runIfActive(eventLoop: loop, body)
                    done.whenComplete { _ in bound.value.ended(user) }
                    promise.completeWith(done)
                }, drop: { promise.fail($0) }), of: user)
        handOut()
        return promise.futureResult
    }

    private func ended(_ user: Principal) {
        queue.done(user)
        handOut()
    }

    private func handOut() {
        while queue.inHandCount < Readers.threadCount, let (_, job) = queue.next() { job.run() }
    }

    /// Drops what waits; the threads end when they are done with what they have.
    func drop() {
        for job in queue.removeAll() { job.drop(Ended()) }
    }
}
