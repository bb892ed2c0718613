import NIOCore

/// The addresses under which servers were found: what a connection is tried at before the resolver has said anything,
/// and without it.
struct AddressBook: Hashable {
    /// A server, as its address is written.
    struct Name: Hashable {
        var host: String
        var port: Int
    }

    private struct Page: Hashable {
        /// In the order in which they are tried, without repetition.
        var addresses: [SocketAddress] = []
        /// The one that the server answered at last.
        var worked: SocketAddress?
    }

    /// The most servers; at one more, the one that was looked up longest ago is forgotten.
    static let namesMaximum = 16
    /// The most addresses of a server; the others that a resolver names are not tried.
    static let addressesMaximum = 8

    private var pages: [Name: Page] = [:]
    private var order: [Name] = []

    /// Where to try, best first: the address that worked, then the others with the families taking turns.
    ///
    /// One that worked stands at the end once more. If the first packet to it is lost, the system sends the next one
    /// after a second; the second connection that is raced against the first is there long before.
    func candidates(_ name: Name) -> [SocketAddress] {
        guard let page = pages[name] else { return [] }
        return page.addresses + (page.worked.map { [$0] } ?? [])
    }

    /// The resolver answered: its word replaces what was known.
    mutating func resolved(_ name: Name, _ addresses: [SocketAddress]) {
        let distinct = addresses.reduce(into: [SocketAddress]()) { if !$0.contains($1) { $0.append($1) } }
        guard !distinct.isEmpty else { return }
        change(name) { page in
            let worked = page.worked.flatMap { distinct.contains($0) ? $0 : nil }
            page = Page(addresses: AddressBook.taken(distinct, first: worked), worked: worked)
        }
    }

    /// The server answered there.
    mutating func worked(_ name: Name, at address: SocketAddress) {
        change(name) { page in
            let others = page.addresses.filter { $0 != address }
            page = Page(addresses: AddressBook.taken([address] + others, first: address), worked: address)
        }
    }

    /// Somebody answered there who is not the server, or fell silent: the address is tried last.
    ///
    /// It is not forgotten, nor is one at which nobody answers: a resolver that is down would otherwise take the last
    /// good address with it. What the resolver says next replaces them all.
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

    /// As many as are kept: the first, then the families in turns, in the order that the resolver gave each
    /// (RFC 8305 §4). IPv6 begins when nothing is known to work.
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
