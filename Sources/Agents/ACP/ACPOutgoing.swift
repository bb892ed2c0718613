import Platform

/// What is on its way to an agent: how much of it waits, and who waits until there is less.
///
/// An answer with a file begins when there is room for it, one after the other, so an agent that reads slowly, or not at
/// all, costs a bounded amount of memory. Other messages are small and always queued, up to a bound beyond which the
/// agent is ended.
final class ACPOutgoing: Sendable {
    /// As many bytes may wait before an answer with a file begins.
    static let roomBytes = 8 << 20
    /// The most bytes that wait; one message always fits.
    static let bytesMaximum = 64 << 20

    private struct State {
        var bytes = 0
        var isOver = false
        /// Whether an answer with a file is being made.
        var isBusy = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        var hasRoom: Bool { isOver || !isBusy && bytes < ACPOutgoing.roomBytes }
    }

    private let state = Locked(State())

    /// Whether bytes wait, and whether there were too many.
    var remains: (bytes: Int, isOver: Bool) { state.withLock { ($0.bytes, $0.isOver) } }

    /// A message is to be queued.
    ///
    /// - Returns: Whether it may be; otherwise too many wait, for good.
    func add(_ bytes: Int) -> Bool {
        state.withLock { state in
            state.isOver = state.isOver || state.bytes > 0 && state.bytes + bytes > Self.bytesMaximum
            if !state.isOver { state.bytes += bytes }
            return !state.isOver
        }
    }

    /// A message was written.
    func remove(_ bytes: Int) { change { $0.bytes -= bytes } }

    /// Nothing is written any more: whoever waits goes on, and finds that out.
    func end() { change { $0.isOver = true } }

    /// Makes an answer with a file when there is room.
    func whenRoom<Value: Sendable, Failure: Error>(
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        while true {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if !state.hasRoom { state.waiters.append(continuation) }
                    return state.hasRoom
                }
                if goesOn { continuation.resume() }
            }
            let isTaken = state.withLock { state in
                guard state.hasRoom else { return false }
                state.isBusy = true
                return true
            }
            if isTaken { break }
        }
        defer { change { $0.isBusy = false } }
        return try await body()
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            guard state.hasRoom else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
