import Mirror
import Synchronization
import TestKit
import Testing
import Wire

@testable import Client

/// The list of chats is read beside the thread that paints.
@Suite struct ChatListerTests {
    private typealias Report = Result<[ChatList.Item], StoreError>

    private final class Reports: Sendable {
        let all = Mutex<[Report]>([])
        var count: Int { all.withLock { $0.count } }
    }

    private func store(chats: Int, in folder: TemporaryDirectory) throws -> ChatStore {
        let stateStore = try SQLiteStateStore.open(folder: folder.path, now: 1).opened
        for number in 1...chats {
            try stateStore.keep(
                Chat(
                    key: "key \(number)".replacing(" ", with: "-"), server: "server", directory: "/",
                    title: "Chat \(number)"),
                usedAt: Timestamp(number))
        }
        return try ChatStore.named("key-\(chats)", folder: folder.path, now: 2)
    }

    @Test func moreAreListedThanArePrinted() async throws {
        let folder = try TemporaryDirectory()
        let store = try store(chats: ChatList.limit + 5, in: folder)
        let reports = Reports()
        ChatLister().list(store) { report in reports.all.withLock { $0.append(report) } }
        #expect(await eventually { reports.count == 1 })
        let chats = try #require(reports.all.withLock { $0.first }).get()
        #expect(chats.count == ChatList.limit + 5)
        #expect(chats.first?.title == "Chat \(ChatList.limit + 5)")
        #expect(try store.everywhere().count == ChatList.limit)
    }

    @Test func ofManyRequestsTheLastOneIsAnswered() async throws {
        let folder = try TemporaryDirectory()
        let store = try store(chats: 3, in: folder)
        let reports = Reports()
        let lister = ChatLister()
        for _ in 1...100 { lister.list(store) { report in reports.all.withLock { $0.append(report) } } }
        try store.rename("Another title")
        lister.list(store) { report in reports.all.withLock { $0.append(report) } }
        let isThere = await eventually {
            let last = reports.all.withLock { $0.last }
            return (try? last?.get().first?.title) == "Another title"
        }
        #expect(isThere)
        #expect(reports.count < 100, "most of the others were not read any more")
    }
}
