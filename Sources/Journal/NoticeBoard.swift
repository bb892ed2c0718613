import Ledger
import Platform
import Wire

/// The subscribers of a store's notices within this process.
final class NoticeBoard: Sendable {
    private struct Subscriber {
        var node: NodeID
        var tell: @Sendable (StoreNotice) -> Void
    }

    private struct Subscribers {
        var all: [UInt64: Subscriber] = [:]
        var lastNumber: UInt64 = 0
    }

    private let subscribers = Locked(Subscribers())

    func subscribe(as node: NodeID, _ tell: @escaping @Sendable (StoreNotice) -> Void) -> StoreSubscription {
        let number = subscribers.withLock { subscribers in
            subscribers.lastNumber += 1
            subscribers.all[subscribers.lastNumber] = Subscriber(node: node, tell: tell)
            return subscribers.lastNumber
        }
        return StoreSubscription { [weak self] in
            self?.subscribers.withLock { _ = $0.all.removeValue(forKey: number) }
        }
    }

    /// Tells all subscribers but those of the node that made the change; all of them when `nil`.
    func tell(_ notice: StoreNotice, except node: NodeID? = nil) {
        // Outside of the lock: who is told may subscribe or cancel.
        for subscriber in subscribers.withLock({ Array($0.all.values) }) where subscriber.node != node {
            subscriber.tell(notice)
        }
    }
}
