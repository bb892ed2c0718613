import Ledger
import NIOCore
import NIOPosix
import Platform
import Wire

/// The thread pool for blocking reads on behalf of clients: loading, history, replays, and creating and deleting
/// sessions. Users are served round-robin. Commits and tokens have threads of their own, which nothing here can delay.
final class Readers: Sendable {
    /// The number of threads.
    static let threadCount = 3
    /// How many of them one user may use at a time, so that one is always left for others.
    private static let share = 2
    /// How long a read may wait for its turn and for the store: longer than any client waits for its answer.
    static let timeout = Duration.seconds(30)

    private let threads = NIOThreadPool(numberOfThreads: Readers.threadCount)
    private let clock: any DeadlineClock
    private let queue = Locked(FairQueue<Principal, Job>(share: Readers.share))

    /// A job, and the closure that fails it if it is never begun.
    private struct Job: Sendable {
        var run: @Sendable () -> Void
        var drop: @Sendable (any Error) -> Void
    }

    /// The error of a job that was dropped because the server ends.
    struct Ended: Error {}

    /// - Parameter clock: The store's.
    init(clock: any DeadlineClock) {
        self.clock = clock
        threads.start()
    }

    /// Runs a blocking operation on a thread of the pool when it is the user's turn.
    ///
    /// - Parameter body: The operation; it is given the deadline for what it asks the store.
    /// - Throws: What the operation throws; ``Ended`` when the server ends before it begins.
    nonisolated(nonsending) func run<Value: Sendable>(
        for user: Principal, _ body: @escaping @Sendable (Deadline) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            run(for: user, body) { continuation.resume(with: $0) }
        }
    }

    /// As ``run(for:_:)``.
    ///
    /// - Parameter completion: Called on the thread that ran the operation.
    func run<Value: Sendable>(
        for user: Principal, _ body: @escaping @Sendable (Deadline) throws -> Value,
        completion: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let deadline = clock.deadline(in: Readers.timeout)
        let job = Job(
            run: { [self] in
                threads.submit { state in
                    guard case .active = state else { return completion(.failure(Ended())) }
                    let result = Result { try body(deadline) }
                    self.ended(user)
                    completion(result)
                }
            }, drop: { completion(.failure($0)) })
        queue.withLock { $0.add(job, of: user) }
        handOut()
    }

    private func ended(_ user: Principal) {
        queue.withLock { $0.done(user) }
        handOut()
    }

    private func handOut() {
        while let job = queue.withLock({ $0.inHandCount < Readers.threadCount ? $0.next()?.job : nil }) { job.run() }
    }

    /// Fails all waiting jobs with ``Ended``, and ends when the threads have finished those that they have.
    func stop() async {
        for job in queue.withLock({ $0.removeAll() }) { job.drop(Ended()) }
        try? await threads.shutdownGracefully()
    }
}
