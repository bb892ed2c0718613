import NIOCore

/// The known addresses of servers: an attempt connects to them before the resolver has answered, or without it.
struct AddressBook: Hashable {
    /// The host and port by which a server was requested.
    struct Name: Hashable {
        var host: String
        var port: Int
    }

    private struct Page: Hashable {
        /// The addresses in the order in which they are tried, without duplicates.
        var addresses: [SocketAddress] = []
        /// The address of the last successful connection; `nil` before one.
        var worked: SocketAddress?
    }

    /// The most servers; one more removes the least recently resolved.
    static let namesMaximum = 16
    /// The most addresses per server; further ones of the resolver are ignored.
    static let addressesMaximum = 8

    private var pages: [Name: Page] = [:]
    private var order: [Name] = []

    /// The addresses to try, best first: the last successful one, then the others, alternating between IPv6 and IPv4.
    ///
    /// The successful one is repeated at the end. If the first SYN to it is lost, the kernel retransmits after a
    /// second; the second connection of the race is there long before.
    func candidates(_ name: Name) -> [SocketAddress] {
        guard let page = pages[name] else { return [] }
        return page.addresses + (page.worked.map { [$0] } ?? [])
    }

    /// The resolver's answer replaces the known addresses.
    mutating func resolved(_ name: Name, _ addresses: [SocketAddress]) {
        let distinct = addresses.reduce(into: [SocketAddress]()) { if !$0.contains($1) { $0.append($1) } }
        guard !distinct.isEmpty else { return }
        change(name) { page in
            let worked = page.worked.flatMap { distinct.contains($0) ? $0 : nil }
            page = Page(addresses: AddressBook.taken(distinct, first: worked), worked: worked)
        }
    }

    /// A connection to this address succeeded.
    mutating func worked(_ name: Name, at address: SocketAddress) {
        change(name) { page in
            let others = page.addresses.filter { $0 != address }
            page = Page(addresses: AddressBook.taken([address] + others, first: address), worked: address)
        }
    }

    /// The peer at this address is not the server, or did not answer: the address is tried last.
    ///
    /// It is not removed, and neither is one that refuses connections: otherwise an outage of the resolver would cost
    /// the last good address. The resolver's next answer replaces them all.
    mutating func failed(_ name: Name, at address: SocketAddress) {
        guard pages[name]?.addresses.contains(address) ?? false else { return }
        change(name) { page in
            page.addresses = page.addresses.filter { $0 != address } + [address]
            if page.worked == address { page.worked = nil }
        }
    }

    private mutating func change(_ name: Name, _ body: (inout Page) -> Void) {
        body(&pages[name, default: Page()])
        order.removeAll { $0 == name }
        order.append(name)
        guard order.count > AddressBook.namesMaximum else { return }
        pages[order.removeFirst()] = nil
    }

    /// At most ``addressesMaximum``: `first`, then both families alternately, in the resolver's order (RFC 8305 §4).
    /// IPv6 comes first when no address is known to work.
    private static func taken(_ addresses: [SocketAddress], first: SocketAddress?) -> [SocketAddress] {
        var taken = first.map { [$0] } ?? []
        var left = addresses.filter { $0 != first }
        var isNextV6 = first.map { !$0.isV6 } ?? true
        while !left.isEmpty, taken.count < addressesMaximum {
            let index = left.firstIndex { $0.isV6 == isNextV6 } ?? 0
            taken.append(left.remove(at: index))
            isNextV6.toggle()
        }
        return taken
    }
}

extension SocketAddress {
    var isV6: Bool {
        switch self {
        case .v6: true
        case .v4, .unixDomainSocket: false
        }
    }
}
