import Ledger
import Logging
import NIOCore
import Synchronization

extension Services {
    /// Purges deleted sessions from the disk, a part at a time, so that commits of others come in between.
    func purge() {
        guard !isStopping.load(ordering: .relaxed), !isPurging.exchange(true, ordering: .relaxed) else { return }
        lookup(on: loops.first) { [store] in try store.purge(by: $0) }.whenComplete { result in
            self.isPurging.store(false, ordering: .relaxed)
            switch result {
            case .success(let hasMore): if hasMore { self.purge() }
            case .failure(let error):
                self.logger.warning("deleted sessions could not be purged", metadata: ["error": "\(error)"])
            }
        }
    }
}
