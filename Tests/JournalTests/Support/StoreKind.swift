import Journal
import JournalKit
import Ledger
import TestKit

/// What the port is implemented by. All of it is tested with each.
enum StoreKind: CaseIterable {
    /// In memory, for one process.
    case memory
    /// In memory, for nodes whose leases lapse.
    case severalNodes
    /// On disk, for one process.
    case sqlite

    /// An empty store.
    func make(in directory: TemporaryDirectory) throws -> any JournalStore & TokenStore {
        switch self {
        case .memory: MemoryJournal(.oneProcess)
        case .severalNodes: MemoryJournal(.severalNodes)
        case .sqlite: try SQLiteJournal(folder: directory.path)
        }
    }
}
