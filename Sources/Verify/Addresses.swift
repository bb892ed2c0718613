import NIOCore
import NIOPosix
import Transport

/// Two addresses of this machine from which the same server can be reached.
struct Addresses: Sendable {
    var home: String
    var away: String

    /// Finds two; the server itself is tried from the second before it is taken.
    ///
    /// - Throws: ``Trouble`` that says why there are none.
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

    /// The address that the system connects from: a datagram socket knows it without sending anything.
    private static func source(towards host: String, _ port: Int, on loop: any EventLoop) async -> String? {
        guard let channel = try? await DatagramBootstrap(group: loop).connect(host: host, port: port).get() else {
            return nil
        }
        let address = channel.localAddress?.ipAddress
        try? await channel.close()
        return address
    }

    private static func candidates(besides home: String) -> [String] {
        // All of 127.0.0.0/8 is this machine's own.
        if home.hasPrefix("127.") { return ["127.0.0.2", "127.0.0.3"].filter { $0 != home } }
        let isIPv6 = home.contains(":")
        let addresses = (try? System.enumerateDevices())?.compactMap { $0.address?.ipAddress } ?? []
        return addresses.filter { address in
            address != home && address.contains(":") == isIPv6 && !address.hasPrefix("127.") && address != "::1"
                && !address.hasPrefix("fe80:")
        }
    }
}
