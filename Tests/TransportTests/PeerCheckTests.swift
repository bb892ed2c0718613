import Glibc
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import Transport

/// Who is at the other end, before anything is said: neither the token nor a word goes to anybody else.
@Suite struct PeerCheckTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func failure(_ request: Dialer.Request) async -> DialError? {
        do {
            _ = try await Heard.dial(request, on: loop)
            return nil
        } catch {
            return error as? DialError
        }
    }

    private func socket(_ path: String, owner: UInt32?) -> Dialer.Request {
        Dialer.Request(
            endpoint: Endpoint(address: .unix(path: path)), token: "secret", userAgent: "test", socketOwner: owner)
    }

    private func isUntrusted(_ failure: DialError?) -> Bool {
        if case .untrusted(let message)? = failure { message.contains("is not this user's server") } else { false }
    }

    @Test func ownSocketsAreSpokenToAndOthersAreNotEvenConnectedTo() async throws {
        let folder = try TemporaryDirectory()
        try await withListener(at: .unix(path: folder.path("socket"))) { listener in
            #expect(await failure(socket(folder.path("socket"), owner: geteuid())) == nil)
            #expect(await failure(socket(folder.path("socket"), owner: nil)) == nil, "a server for several users")
            #expect(listener.requests.count == 2)
            #expect(isUntrusted(await failure(socket(folder.path("socket"), owner: geteuid() + 1))))
            // A link may lead anywhere by the time it is followed.
            symlink("socket", folder.path("link"))
            #expect(isUntrusted(await failure(socket(folder.path("link"), owner: geteuid()))))
            #expect(listener.requests.count == 2)
        }
        close(open(folder.path("file"), O_CREAT | O_WRONLY, 0o600))
        #expect(isUntrusted(await failure(socket(folder.path("file"), owner: geteuid()))))
        guard case .unreachable? = await failure(socket(folder.path("none"), owner: geteuid())) else {
            Issue.record("a server that is not there yet is no stranger")
            return
        }
    }

    @Test func aSocketWhoseFileIsRightAndWhoseServerIsNotIsToldNothing() async throws {
        guard geteuid() == 0 else { return print("skipped: only root can give a file to another user") }
        let folder = try TemporaryDirectory()
        let origin = try await Origin.start(.listen, path: folder.path("socket"))
        chown(folder.path("socket"), 12_345, 12_345)
        #expect(isUntrusted(await failure(socket(folder.path("socket"), owner: 12_345))))
        #expect(await eventually { origin.peers.first?.end == .closed })
        #expect(origin.peers.allSatisfy { $0.received.isEmpty })
        try await origin.stop()
    }

    /// An address of this machine that is not a loopback one, as every other machine's is.
    private static let outside: String? = {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.lazy.compactMap { device -> String? in
            guard case .v4? = device.address, let address = device.address, !address.isLoopback else { return nil }
            return address.ipAddress
        }.first
    }()

    @Test(arguments: ["localhost", "LOCALHOST.", "agents.example", ""])
    func plainTextStaysOnThisMachineUnlessItWasAskedFor(name: String) async throws {
        guard let outside = Self.outside else { return print("skipped: this machine has only loopback addresses") }
        let host = name.isEmpty ? outside : name
        try await withListener(at: .host("0.0.0.0", port: 0)) { listener in
            // The name leads to what the resolver says, whatever it is called.
            let cache = ResolverCache { _, port in [try SocketAddress(ipAddress: outside, port: port)] }
            var request = Dialer.Request(
                endpoint: Endpoint(address: .host(host, port: listener.port)), token: "secret", userAgent: "test",
                addresses: cache)
            guard case .untrusted(let message)? = await failure(request) else {
                Issue.record("the token went to \(outside)")
                return
            }
            #expect(message.contains("in plain text") && message.contains("--insecure"))
            #expect(listener.requests.isEmpty)
            request.allowsPlaintext = true
            #expect(await failure(request) == nil)
            #expect(listener.requests.first?.token == "secret")
        }
    }

    @Test(arguments: ["localhost", "agents.example", "127.0.0.1"])
    func onThisMachinePlainTextIsNoQuestion(host: String) async throws {
        try await withListener { listener in
            let cache = ResolverCache { _, port in [try SocketAddress(ipAddress: "127.0.0.1", port: port)] }
            let endpoint = Endpoint(address: .host(host, port: listener.port))
            let request = Dialer.Request(endpoint: endpoint, token: "t", userAgent: "test", addresses: cache)
            #expect(await failure(request) == nil)
        }
    }
}
