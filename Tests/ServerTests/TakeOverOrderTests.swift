import Journal
import JournalKit
import Ledger
import Server
import ServerKit
import Synchronization
import TestKit
import Testing
import Wire

/// Which of two connections of a client is the newer one is decided by the store, which knows those of all servers.
@Suite struct TakeOverOrderTests {
    /// A store that issues the numbers of a test, the first for the server itself.
    private final class NumberedStore: ForwardingStore {
        let base: any JournalStore & TokenStore
        private let numbers: Mutex<[Int64?]>

        /// - Parameter numbers: What is issued, in this order; `nil` for a failure.
        init(folder: String, _ numbers: [Int64?]) throws {
            base = try SQLiteJournal(folder: folder)
            self.numbers = Mutex(numbers)
        }

        func nextGeneration(by deadline: Deadline) throws(StoreError) -> Generation {
            let next = numbers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let next else { throw .full("journal.db") }
            return Generation(rawValue: next)
        }
    }

    private func withNumbers(_ numbers: [Int64?], _ body: (TestServer) async throws -> Void) async throws {
        let folder = try TemporaryDirectory("belayd")
        let store = try NumberedStore(folder: folder.path, numbers)
        let server = try await TestServer.start([ScriptedAgent()], in: folder, store: store)
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// A connection that was accepted later here may be the older one: another server has given it its number.
    @Test func theOrderIsTheStores() async throws {
        try await withNumbers([1, 5, 3, 9]) { server in
            let newer = try await WireClient.greeted(by: server.local, as: "one")
            let older = try await WireClient.greeted(by: server.local, as: "one")
            try await older.request(Method.ping, [:])
            try await newer.request(Method.ping, [:])
            #expect(newer.closure == nil && older.closure == nil, "the first words of an old one end no newer one")
            let newest = try await WireClient.greeted(by: server.local, as: "one")
            for client in [older, newer] { #expect(await eventually { client.closure?.code == .superseded }) }
            try await newest.request(Method.ping, [:])
            #expect(newest.closure == nil)
        }
    }

    /// A store that cannot issue a number, because its disk is full, keeps nobody out. What has none may be the newest.
    @Test func aConnectionWithoutANumberIsServedAndTakesNoPartInTheOrder() async throws {
        try await withNumbers([nil, 4, nil, 6]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "one")
            let without = try await WireClient.greeted(by: server.local, as: "one")
            try await without.request(Method.ping, [:])
            try await first.request(Method.ping, [:])
            #expect(first.closure == nil && without.closure == nil)
            _ = try await WireClient.greeted(by: server.local, as: "one")
            #expect(await eventually { first.closure?.code == .superseded })
            try await without.request(Method.ping, [:])
            #expect(without.closure == nil)
        }
    }
}
