import Foundation
import ProgramKit
import TestKit

/// Three machines, as network namespaces: a client with two uplinks, a router, and a server behind it.
///
///     client  up0 10.90.1.2 ── 10.90.1.1 r0 ┐
///             up1 10.90.2.2 ── 10.90.2.1 r1 ┤ router ── 10.90.9.1 r9 ── 10.90.9.2 lan0  server
///
/// The router forwards only what came in where its answer would go out (rp_filter): a connection whose client has
/// moved is dead without a word, as behind a real one. All of it goes with the last reference.
final class Network: Sendable {
    let client: String
    let router: String
    let server: String

    /// The server's address.
    static let serverAddress = "10.90.9.2"
    /// The client's address at first, and that of its second uplink.
    static let firstAddress = "10.90.1.2"
    static let secondUplinkAddress = "10.90.2.2"

    /// Why there can be no networks on this machine; `nil` when there can.
    static let refusal: String? = {
        do {
            _ = try Network()
            return nil
        } catch {
            return "\(error)"
        }
    }()

    /// A command that failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let name = "belay-\(getpid())-\(UUID().uuidString.prefix(6))"
        (client, router, server) = (name + "-c", name + "-r", name + "-s")
        do {
            try Network.shell(
                """
                ip netns add \(client); ip netns add \(router); ip netns add \(server)
                for space in \(client) \(router) \(server); do ip -n $space link set lo up; done
                link() {
                    ip link add $2 netns $1 type veth peer name $5 netns $4
                    ip -n $1 addr add $3 dev $2; ip -n $1 link set $2 up
                    ip -n $4 addr add $6 dev $5; ip -n $4 link set $5 up
                }
                link \(client) up0 10.90.1.2/24 \(router) r0 10.90.1.1/24
                link \(client) up1 10.90.2.2/24 \(router) r1 10.90.2.1/24
                link \(server) lan0 10.90.9.2/24 \(router) r9 10.90.9.1/24
                ip -n \(router) addr add 10.90.3.1/24 dev r0
                ip -n \(router) addr add 10.90.4.1/24 dev r0
                ip -n \(router) addr add 10.90.5.1/24 dev r0
                ip -n \(client) route add default via 10.90.1.1
                ip -n \(server) route add default via 10.90.9.1
                ip netns exec \(router) sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.ip_forward=1
                """)
        } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    private func remove() {
        // Those that were not made are not there to be removed.
        for space in [client, router, server] { try? Network.shell("ip netns del \(space) 2>&1") }
    }

    /// What stands before a program that is to run there.
    static func inside(_ space: String) -> [String] { ["ip", "netns", "exec", space] }

    /// The client leaves its network for another one: it has a new address, and then the old one is gone.
    ///
    /// - Parameter network: The third number of the old network and of the new one.
    func moveClient(from old: Int, to new: Int) throws {
        try Network.shell(
            """
            ip -n \(client) -batch - << END
            addr add 10.90.\(new).2/24 dev up0
            route replace default via 10.90.\(new).1 dev up0
            addr del 10.90.\(old).2/24 dev up0
            END
            """)
    }

    /// The client's way out is another interface; the addresses stay.
    func routeClient(over uplink: Int) throws {
        try Network.shell("ip -n \(client) route replace default via 10.90.\(uplink + 1).1 dev up\(uplink)")
    }

    /// Whether the router forwards; when it does not, it swallows everything, and no link, address or route of the
    /// others changes.
    func forward(_ isOn: Bool) throws {
        let verb = isOn ? "del" : "add"
        try Network.shell(
            [Network.serverAddress, Network.firstAddress].map {
                "ip -n \(router) route \(verb) blackhole \($0)/32"
            }.joined(separator: "\n"))
    }

    private static func shell(_ script: String) throws {
        let folder = try TemporaryDirectory("network")
        let status = try Child(
            ["/bin/sh", "-ec", script], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
            directory: folder.path, files: ("/dev/null", folder.path("out"), folder.path("err"))
        ).waitHere()
        guard status != 0 else { return }
        let errors = (try? String(contentsOfFile: folder.path("err"), encoding: .utf8)) ?? ""
        throw Failure(description: errors.split(separator: "\n").first.map(String.init) ?? "exit code \(status)")
    }
}
