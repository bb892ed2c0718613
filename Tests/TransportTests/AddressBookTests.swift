import NIOCore
import Testing

@testable import Transport

/// Which addresses are tried, and in which order, as transcripts.
@Suite struct AddressBookTests {
    private let name = AddressBook.Name(host: "agents.example", port: 8_137)

    private func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 8_137) }

    private func addresses(_ texts: String...) throws -> [SocketAddress] { try texts.map(address) }

    private func tried(_ book: AddressBook) -> [String] { book.candidates(name).compactMap(\.ipAddress) }

    @Test func theFamiliesTakeTurnsAndIPv6Begins() throws {
        var book = AddressBook()
        #expect(tried(book) == [])
        book.resolved(name, try addresses("192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "192.0.2.3"))
        #expect(tried(book) == ["2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3"])
    }

    @Test func theOneThatWorkedIsTriedFirstAndOnceMoreAtTheEnd() throws {
        var book = AddressBook()
        book.resolved(name, try addresses("2001:db8::1", "2001:db8::2", "192.0.2.1"))
        book.worked(name, at: try address("192.0.2.1"))
        #expect(tried(book) == ["192.0.2.1", "2001:db8::1", "2001:db8::2", "192.0.2.1"])
        book.resolved(name, try addresses("192.0.2.9", "192.0.2.1", "2001:db8::3"))
        #expect(tried(book) == ["192.0.2.1", "2001:db8::3", "192.0.2.9", "192.0.2.1"])
    }

    @Test func theResolversWordReplacesWhatWasKnown() throws {
        var book = AddressBook()
        book.resolved(name, try addresses("192.0.2.1"))
        book.worked(name, at: try address("192.0.2.1"))
        book.resolved(name, try addresses("192.0.2.7"))
        #expect(tried(book) == ["192.0.2.7"])
        book.resolved(name, [])
        #expect(tried(book) == ["192.0.2.7"], "no address is no word")
    }

    @Test func whereSomebodyElseAnswersIsTriedLast() throws {
        var book = AddressBook()
        book.resolved(name, try addresses("192.0.2.1", "2001:db8::1"))
        book.worked(name, at: try address("192.0.2.1"))
        book.failed(name, at: try address("192.0.2.1"))
        #expect(tried(book) == ["2001:db8::1", "192.0.2.1"])
        book.failed(name, at: try address("192.0.2.200"))
        #expect(tried(book) == ["2001:db8::1", "192.0.2.1"])
    }

    @Test func anAddressThatTheResolverDoesNotNameMayWork() throws {
        var book = AddressBook()
        book.worked(name, at: try address("192.0.2.1"))
        #expect(tried(book) == ["192.0.2.1", "192.0.2.1"])
    }

    @Test func namesAndAddressesAreBounded() throws {
        var book = AddressBook()
        let many = try (1...40).map { try address("192.0.2.\($0)") } + (1...40).map { try address("2001:db8::\($0)") }
        book.resolved(name, many)
        #expect(book.candidates(name).count == AddressBook.addressesMaximum)
        #expect(book.candidates(name).count { $0.isV6 } == AddressBook.addressesMaximum / 2)
        for number in 1..<AddressBook.namesMaximum {
            book.resolved(.init(host: "other", port: number), try addresses("192.0.2.1"))
        }
        #expect(!tried(book).isEmpty)
        book.worked(name, at: try address("192.0.2.1"))
        book.resolved(.init(host: "one more", port: 1), try addresses("192.0.2.1"))
        #expect(!tried(book).isEmpty, "it was used last")
        #expect(book.candidates(.init(host: "other", port: 1)).isEmpty)
    }
}
