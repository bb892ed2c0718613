import NIOCore
import Wire

/// What went wrong in a case, in one sentence.
struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// How long the examination waits before it says that nothing came.
enum Patience {
    /// For an answer or a replay.
    static let answer = Duration.seconds(30)
    /// For the end of a turn: a large folder is indexed in one.
    static let turn = Duration.seconds(300)
    /// For a server that says that it is busy, altogether.
    static let busy = Duration.seconds(60)

    /// How long to wait before a busy server is asked again: what it says, within bounds, for it may say any number.
    static func delay(asked milliseconds: Int64?) -> Duration {
        .milliseconds(min(max(milliseconds ?? 1_000, 250), 60_000))
    }

    static func wait<Value: Sendable>(
        for promise: EventLoopPromise<Value>, _ limit: Duration, _ what: String
    ) async throws -> Value {
        let timeout = promise.futureResult.eventLoop.scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
            promise.fail(Trouble("\(what) did not come within \(Figures.duration(limit))"))
        }
        defer { timeout.cancel() }
        return try await promise.futureResult.get()
    }
}
