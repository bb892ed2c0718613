import Testing
import Wire

@testable import Ledger

/// Who may connect, and whom a newer connection supersedes.
@Suite struct ConnectionTableTests {
    private let carol = Principal("carol")
    private let dave = Principal("dave")

    /// A table with these connections, whose names are their numbers and whose generations are given.
    private func table(_ connections: [(number: UInt64, principal: Principal, generation: Int64)])
        -> ConnectionTable<UInt64>
    {
        var table = ConnectionTable<UInt64>()
        for (number, principal, generation) in connections {
            let refusal = table.add(
                number, ConnectionID(rawValue: number), of: principal, generation: Generation(rawValue: generation))
            #expect(refusal == nil)
        }
        return table
    }

    private func superseded(
        by generation: Int64, of client: ClientID, _ principal: Principal, in table: ConnectionTable<UInt64>
    ) -> [UInt64] {
        table.superseded(by: Generation(rawValue: generation), of: client, principal).sorted()
    }

    @Test func boundsHoldForAllAndForEachUser() {
        var table = table([(1, carol, 1), (2, carol, 2), (3, dave, 3)])
        let fourth = ConnectionID(rawValue: 4)
        var refusal = table.add(4, fourth, of: dave, generation: .none, maximum: 3, perUser: 9)
        #expect(refusal == .full)
        refusal = table.add(4, fourth, of: carol, generation: .none, maximum: 4, perUser: 2)
        #expect(refusal == .userFull)
        #expect(table.count == 3 && table[fourth] == nil)
        let removals = (0..<2).map { _ in table.remove(ConnectionID(rawValue: 1)) }
        #expect(removals == [true, false], "it has ended already")
        refusal = table.add(4, fourth, of: carol, generation: .none, maximum: 3, perUser: 2)
        #expect(refusal == nil)
        #expect(table.all.sorted() == [2, 3, 4])
    }

    /// The order is the store's, and not that of the numbers of one server.
    @Test func onlyOlderConnectionsOfTheSameClientAreSuperseded() {
        var table = table([(1, carol, 30), (2, carol, 10), (3, carol, 20), (4, dave, 5), (5, carol, 6)])
        for number in 1...4 as ClosedRange<UInt64> { table.name(ConnectionID(rawValue: number), "phone") }
        table.name(ConnectionID(rawValue: 5), "desk")
        #expect(superseded(by: 30, of: "phone", carol, in: table) == [2, 3])
        #expect(superseded(by: 20, of: "phone", carol, in: table) == [2])
        #expect(superseded(by: 10, of: "phone", carol, in: table).isEmpty)
        #expect(superseded(by: 30, of: "phone", dave, in: table) == [4])
    }

    /// A connection without a place in the order may be older or newer than any other.
    @Test func whatHasNoPlaceInTheOrderNeitherSupersedesNorIsSuperseded() {
        var table = table([(1, carol, 1), (2, carol, 0)])
        for number in 1...2 as ClosedRange<UInt64> { table.name(ConnectionID(rawValue: number), "phone") }
        #expect(superseded(by: 0, of: "phone", carol, in: table).isEmpty)
        #expect(superseded(by: 2, of: "phone", carol, in: table) == [1])
    }

    @Test func whoIsNotKnownIsNotNamed() {
        var table = table([(1, carol, 1)])
        table.name(ConnectionID(rawValue: 2), "phone")
        #expect(superseded(by: 9, of: "phone", carol, in: table).isEmpty)
        #expect(table.count == 1)
    }
}
