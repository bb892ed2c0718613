import Ledger
import Logging
import NIOCore
import Synchronization
import Wire

/// Leases of the sessions in memory: nothing is written to a session without the store's newest lease of it. And the order
/// of connections, which the store issues as well.
extension Services {
    /// This server's name in the store. One machine has one server for a data folder, which its lock ensures.
    static let node: NodeID = "belayd"
    /// When a lease lapses that is not renewed, in a store whose leases lapse.
    static let leaseTTL = Duration.seconds(30)

    /// The place of a new connection in the order of all. When the store cannot issue one, the connection is admitted all the
    /// same, takes over from no other, and is not taken over: a disk that is full keeps nobody from reading.
    func generation(by deadline: Deadline) -> Generation {
        (try? store.nextGeneration(by: deadline)) ?? .none
    }

    /// Gives leases back, so that another server may have the sessions at once.
    @discardableResult
    func release(_ leases: [Lease]) -> EventLoopFuture<Void> {
        guard !leases.isEmpty else { return loops.first.makeSucceededVoidFuture() }
        let released = lookup(on: loops.first) { [store] in try store.release(leases, by: $0) }
        released.whenFailure { error in
            // They lapse by themselves, in a store where that matters.
            guard !self.isStopping.load(ordering: .relaxed) else { return }
            self.logger.warning("leases could not be given back", metadata: ["error": "\(error)"])
        }
        return released
    }

    /// Renews the leases that lapse, and drops the sessions whose leases are lost.
    func renewLeases() {
        let lapsing = sessions.all.map(\.lease).filter { $0.expiresAt != nil }
        guard !lapsing.isEmpty else { return }
        lookup(on: loops.first) { [store] in
            try store.renew(lapsing, ttl: Services.leaseTTL, by: $0)
        }.whenComplete { result in
            switch result {
            case .success(let renewed):
                for lease in renewed { self.sessions[lease.session]?.adopt(lease) }
                let held = Dictionary(renewed.map { ($0.session, $0.token) }) { first, _ in first }
                for lease in lapsing where held[lease.session] != lease.token {
                    self.sessions[lease.session]?.post { $0.fence(lease.token) }
                }
            case .failure(let error):
                self.logger.warning("leases could not be renewed", metadata: ["error": "\(error)"])
            }
        }
    }
}
