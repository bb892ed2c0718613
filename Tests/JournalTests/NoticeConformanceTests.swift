import JournalKit
import Ledger
import StorageKit
import Synchronization
import TestKit
import Testing
import Wire

/// What subscribers are told, and the order of connections.
@Suite struct NoticeConformanceTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private final class Ear: Sendable {
        private let notices = Mutex<[StoreNotice]>([])

        func hear(_ notice: StoreNotice) { notices.withLock { $0.append(notice) } }

        /// What was heard since the last time.
        func take() -> [StoreNotice] {
            notices.withLock { notices in
                defer { notices = [] }
                return notices
            }
        }
    }

    @Test(arguments: StoreKind.allCases) func othersAreToldOfWhatChanged(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        let (own, other) = (Ear(), Ear())
        let subscriptions = [
            store.subscribe(as: .test) { own.hear($0) }, store.subscribe(as: "other") { other.hear($0) },
        ]
        try store.create(session("s"))
        let lease = try store.lease(of: "s")
        #expect(store.commit(commit("s", notes(1...3)), under: lease) == .stored)
        #expect(other.take() == [.committed("s", head: 3, by: .test)])
        #expect(store.commit(commit("s", [note(3)]), under: lease) == .fenced)
        try store.expire(lease, at: 7, successor: "t", by: .never)
        #expect(other.take() == [.expired("s", .init(at: 7, successor: "t"))], "of what was stored")
        #expect(own.take() == [], "who did it knows")

        try store.add(
            TokenRecord(id: "a", hash: Array(repeating: 1, count: 32), principal: Principal("user"), createdAt: 1))
        #expect(try !store.revoke("gone", at: 5))
        #expect(try store.revoke("a", at: 5))
        for ear in [own, other] { #expect(ear.take() == [.tokensChanged, .tokensChanged]) }

        subscriptions[1].cancel()
        #expect(store.commit(commit("s", [note(4)]), under: lease) == .stored)
        #expect(other.take() == [])
    }

    /// Whoever is told may ask the store, and end its subscription.
    @Test(arguments: StoreKind.allCases) func whoeverIsToldMayUseTheStore(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        let heads = Mutex<[Seq?]>([])
        let subscription = Mutex<StoreSubscription?>(nil)
        let made = store.subscribe(as: "other") { notice in
            guard case .committed(let session, _, _) = notice else { return }
            let head = try? store.entries(of: session, EntryPage(after: 0, through: .max, end: .last)).last?.seq
            heads.withLock { $0.append(head) }
            subscription.withLock { $0?.cancel() }
        }
        subscription.withLock { $0 = made }
        try store.create(session("s"))
        try store.commit([commit("s", notes(1...2))])
        try store.commit([commit("s", [note(3)])])
        #expect(heads.withLock { $0 } == [2], "what it is told of can be read")
    }

    @Test(arguments: StoreKind.allCases) func generationsGrow(_ kind: StoreKind) throws {
        let store = try kind.make(in: directory)
        let numbers = try (0..<100).map { _ in try store.nextGeneration(by: .never) }
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    }
}
