import NIOCore
import NIOPosix
import Transport

/// Two local addresses from which the same server can be reached, for the case of a moved client.
struct Addresses: Sendable {
    var home: String
    var away: String

    /// Finds two addresses; the server is contacted from the second one before it is used.
    ///
    /// - Throws: ``Trouble`` with the reason when there are no two.
    static func find(for endpoint: Endpoint, account: Account, on loop: any EventLoop) async throws -> Addresses {
        guard case .host(let host, let port) = endpoint.address else {
            throw Trouble("a Unix socket has no addresses")
        }
        guard let home = await source(towards: host, port, on: loop) else {
            throw Trouble("this machine's own address towards the server is not known")
        }
        for candidate in candidates(besides: home) {
            let device = Device(account, on: loop)
            guard (try? await device.connect(from: Place.away.at(candidate))) != nil else { continue }
            await device.drop()
            return Addresses(home: home, away: candidate)
        }
        throw Trouble("this machine has no other address from which the server can be reached")
    }

    /// The source address of the route to the server: connecting a datagram socket looks it up without sending
    /// anything.
    private static func source(towards host: String, _ port: Int, on loop: any EventLoop) async -> String? {
        guard let channel = try? await DatagramBootstrap(group: loop).connect(host: host, port: port).get() else {
            return nil
        }
        let address = channel.localAddress?.ipAddress
        try? await channel.close()
        return address
    }

    private static func candidates(besides home: String) -> [String] {
        // All of 127.0.0.0/8 are loopback addresses of this machine.
        if home.hasPrefix("127.") { return ["127.0.0.2", "127.0.0.3"].filter { $0 != home } }
        let isIPv6 = home.contains(":")
        let addresses = (try? System.enumerateDevices())?.compactMap { $0.address?.ipAddress } ?? []
        return addresses.filter { address in
            address != home && address.contains(":") == isIPv6 && !address.hasPrefix("127.") && address != "::1"
                && !address.hasPrefix("fe80:")
        }
    }
}
