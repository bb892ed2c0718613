import NIOCore
import Wire

/// Why a case could not be completed, in one sentence.
struct Trouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Time-outs of the examination.
enum Timeout {
    /// For a response or a replay.
    static let answer = Duration.seconds(30)
    /// For the end of a turn, which may index a large folder.
    static let turn = Duration.seconds(300)
    /// For a busy server, over all its delays.
    static let busy = Duration.seconds(60)

    /// The delay before the next attempt at a busy server: what it asked for, clamped, since it may name any number.
    static func delay(asked milliseconds: Int64?) -> Duration {
        .milliseconds(min(max(milliseconds ?? 1_000, 250), 60_000))
    }

    static func wait<Value: Sendable>(
        for promise: EventLoopPromise<Value>, _ limit: Duration, _ what: String
    ) async throws -> Value {
        let timeout = promise.futureResult.eventLoop.scheduleTask(in: .nanoseconds(limit.nanoseconds)) {
            promise.fail(Trouble("time-out: \(what) did not arrive within \(Figures.duration(limit))"))
        }
        defer { timeout.cancel() }
        return try await promise.futureResult.get()
    }
}
