import Ledger
import NIOCore

/// Places for attaches: one that finds none waits for it, as long as its connection is open.
extension Hub {
    /// What became of an attach that asked for a place.
    enum Place: Sendable {
        /// It has one; ``freePlace()`` has to be called.
        case given
        /// It has to come back later.
        case refused
        /// The server stopped while it waited.
        case stopping
        /// Its connection was closed while it waited.
        case closed
    }

    /// Asks for a place (``AttachAdmission``).
    ///
    /// - Parameter closed: Completes when the connection is closed; then the attach waits no more.
    func place(until closed: EventLoopFuture<Void>) -> EventLoopFuture<Place> {
        switch admission.arrive(at: clock.now.instant) {
        case .admitted: return loop.makeSucceededFuture(.given)
        case .refused: return loop.makeSucceededFuture(.refused)
        case .waits(let waiter):
            let promise = loop.makePromise(of: Place.self)
            attachesWaiting[waiter] = promise
            closed.whenComplete { _ in self.assumeIsolated { $0.gone(waiter) } }
            return promise.futureResult
        }
    }

    /// The attach was answered or refused: its place goes to the one that has waited longest.
    func freePlace() {
        admission.finish(at: clock.now.instant)
        // An attach that needs nothing from the disk, such as one without a token, ends before `succeed` returns: a
        // loop, instead of a recursion as deep as the queue is long.
        guard !isGivingPlaces else { return }
        isGivingPlaces = true
        defer { isGivingPlaces = false }
        while let waiter = admission.next() { attachesWaiting.removeValue(forKey: waiter)?.succeed(.given) }
    }

    /// Nobody waits any more: the server stops.
    func dismissWaiting() {
        for waiter in admission.removeAll() { attachesWaiting.removeValue(forKey: waiter)?.succeed(.stopping) }
    }

    private func gone(_ waiter: AttachAdmission.Waiter) {
        // Most have their place by the time that their connection is closed.
        guard let promise = attachesWaiting.removeValue(forKey: waiter) else { return }
        admission.leave(waiter, at: clock.now.instant)
        promise.succeed(.closed)
    }
}
