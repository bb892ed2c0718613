import Ledger
import NIOCore
import NIOPosix

/// The thread pool for blocking reads on behalf of clients: loading, history, replays, and creating and deleting
/// sessions. Users are served round-robin. Commits and tokens have threads of their own, which nothing here can delay.
///
/// Confined to the hub's loop.
final class Readers {
    /// The number of threads.
    static let threadCount = 3
    /// How many of them one user may use at a time, so that one is always left for others.
    private static let share = 2

    private let loop: any EventLoop
    let threads: NIOThreadPool
    private var queue = FairQueue<Principal, Job>(share: Readers.share)

    /// A job, and the closure that fails its future if it is never begun.
    private struct Job {
        var run: () -> Void
        var drop: (any Error) -> Void
    }

    /// The error of a job that was dropped because the server ends.
    struct Ended: Error {}

    init(loop: any EventLoop) {
        self.loop = loop
        threads = NIOThreadPool(numberOfThreads: Readers.threadCount)
        threads.start()
    }

    /// Runs a blocking operation on a thread of the pool when it is the user's turn.
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

    /// Fails all waiting jobs with ``Ended``; the threads finish the jobs they have.
    func drop() {
        for job in queue.removeAll() { job.drop(Ended()) }
    }
}
