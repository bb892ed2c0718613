import Ledger
import NIOCore
import Platform
import Wire

/// Places for attaches (``AttachAdmission``): one that finds none waits for it, as long as its connection is open.
final class Admission: Sendable {
    /// What became of an attach that asked for a place.
    enum Place: Sendable {
        /// It has one; ``free()`` has to be called.
        case given
        /// It has to come back later.
        case refused
        /// The server stopped while it waited.
        case stopping
        /// Its connection was closed while it waited.
        case closed
    }

    private struct State {
        var rules: AttachAdmission
        /// Attaches that wait for a place; every one is answered: when it has one, when its connection or the server
        /// ends.
        var waiting: [AttachAdmission.Waiter: EventLoopPromise<Place>] = [:]
        /// Whether places are being given, so that a nested call returns at once.
        var isGiving = false
        var generator = SystemRandomNumberGenerator()
    }

    private let state: Locked<State>
    private let clock: Clock

    init(_ rules: AttachAdmission, clock: Clock) {
        state = Locked(State(rules: rules))
        self.clock = clock
    }

    /// How many attaches are being prepared, and how many wait.
    var counts: (attaching: Int, waiting: Int) {
        state.withLock { ($0.rules.attaching, $0.rules.waitingCount) }
    }

    /// Asks for a place.
    ///
    /// - Parameter closed: Completes when the connection is closed; then the attach waits no more.
    /// - Returns: A future of that connection's event loop.
    func place(until closed: EventLoopFuture<Void>) -> EventLoopFuture<Place> {
        let now = clock.now.instant
        let loop = closed.eventLoop
        let promise = loop.makePromise(of: Place.self)
        let decision = state.withLock { state in
            let decision = state.rules.arrive(at: now)
            if case .waits(let waiter) = decision { state.waiting[waiter] = promise }
            return decision
        }
        switch decision {
        case .admitted: promise.succeed(.given)
        case .refused: promise.succeed(.refused)
        // Outside of the lock: the connection may be closed already, and then this is called at once.
        case .waits(let waiter): closed.whenComplete { _ in self.gone(waiter) }
        }
        return promise.futureResult
    }

    /// The attach was answered or refused: its place goes to the one that has waited longest.
    func free() {
        let now = clock.now.instant
        // An attach that needs nothing from the disk, such as one without a token, ends before `succeed` returns: a
        // loop, instead of a recursion as deep as the queue is long.
        let isNested = state.withLock { state in
            state.rules.finish(at: now)
            defer { state.isGiving = true }
            return state.isGiving
        }
        guard !isNested else { return }
        while let promise = next() { promise.succeed(.given) }
    }

    private func next() -> EventLoopPromise<Place>? {
        state.withLock { state in
            while let waiter = state.rules.next() {
                if let promise = state.waiting.removeValue(forKey: waiter) { return promise }
            }
            state.isGiving = false
            return nil
        }
    }

    private func gone(_ waiter: AttachAdmission.Waiter) {
        let now = clock.now.instant
        let promise = state.withLock { state in
            // Most have their place by the time that their connection is closed.
            let promise = state.waiting.removeValue(forKey: waiter)
            if promise != nil { state.rules.leave(waiter, at: now) }
            return promise
        }
        promise?.succeed(.closed)
    }

    /// Nobody waits any more: the server stops.
    func dismiss() {
        let promises = state.withLock { state in
            state.rules.removeAll().compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for promise in promises { promise.succeed(.stopping) }
    }

    /// The retry delay of a refused attach, in milliseconds.
    func delay() -> Int64 {
        let now = clock.now.instant
        return state.withLock { $0.rules.delay(at: now, using: &$0.generator) }
    }
}
