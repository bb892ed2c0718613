import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestKit
import Testing
import Wire

@testable import Transport

/// Whom a certificate is for, with real handshakes: the token goes only to the host that was asked for.
@Suite struct TLSIdentityTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// Dials a host that is at 127.0.0.1 whatever it is called.
    private func dial(_ host: String, _ port: Int, trusting file: String) async throws {
        let cache = ResolverCache { _, port in [try SocketAddress(ipAddress: "127.0.0.1", port: port)] }
        let endpoint = Endpoint(address: .host(host, port: port), isSecure: true)
        _ = try await Heard.dial(
            Dialer.Request(
                endpoint: endpoint, token: "secret", userAgent: "test", authorities: Authorities(additional: file),
                addresses: cache),
            on: loop)
    }

    @Test(arguments: [
        // A name, and what its certificate holds.
        ("localhost", ["DNS:localhost"], true), ("LOCALHOST", ["DNS:localhost"], true),
        ("localhost.", ["DNS:localhost"], true), ("localhost", ["IP:127.0.0.1"], false),
        ("localhost", ["IP:127.0.0.1", "DNS:elsewhere.example"], false), ("localhost", [], false),
        ("localhost", ["DNS:127.0.0.1"], false), ("localhost", ["URI:wss://localhost"], false),
        ("localhost", ["email:a@localhost"], false), ("localhost", ["DNS:l*t"], false), ("localhost", ["DNS:*"], false),
        ("9front.example", ["DNS:9front.example"], true), ("9front.example", ["IP:127.0.0.1"], false),
        ("127.example", ["DNS:127.example"], true), ("127.example", ["IP:127.0.0.1"], false),
        ("agents.example", ["DNS:*.example"], true), ("a.agents.example", ["DNS:*.example"], false),
        ("agents.example", ["DNS:a*.example"], false),
        ("agents.example", ["DNS:x.example", "DNS:agents.example"], true),
        // An address, and what its certificate holds.
        ("127.0.0.1", ["IP:127.0.0.1"], true), ("127.0.0.1", ["IP:127.0.0.2"], false),
        ("127.0.0.1", ["DNS:127.0.0.1"], false), ("127.0.0.1", ["DNS:localhost"], false), ("127.0.0.1", [], false),
        ("127.0.0.1", ["DNS:localhost", "IP:127.0.0.1"], true), ("127.0.0.1", ["IP:::ffff:127.0.0.1"], false),
    ])
    func theTokenGoesToWhoWasAskedFor(host: String, names: [String], isTrusted: Bool) async throws {
        // The subject's common name is the host each time, and must not be used (RFC 9525).
        let certificate = try Certificate(subject: host, names: names)
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            do {
                try await dial(host, listener.port, trusting: certificate.file)
                #expect(isTrusted, "trusted, and told the token")
                #expect(listener.requests.first?.token == "secret")
            } catch DialError.untrusted(let message) {
                #expect(!isTrusted, "\(message)")
                #expect(message.contains("certificate for another name"))
                #expect(listener.requests.isEmpty)
            }
        }
    }

    @Test(arguments: [
        ("localhost", "localhost"), ("localhost.", "localhost"), ("9front.example", "9front.example"),
        ("127.example", "127.example"), ("127.0.0.1", nil),
    ])
    func everyNameIsSaidInTheHandshakeAndNoAddress(host: String, said: String?) async throws {
        let certificate = try Certificate(subject: "any", names: ["DNS:\(said ?? "none")", "IP:127.0.0.1"])
        let box = Names()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.file).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem)))
        configuration.sslContextCallback = { values, promise in
            box.names.withLock { $0.append(values.serverHostname) }
            promise.succeed(.noChanges)
        }
        let context = try NIOSSLContext(configuration: configuration)
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            try await dial(host, listener.port, trusting: certificate.file)
        }
        #expect(box.names.withLock { $0 } == [said])
    }

    private final class Names: Sendable {
        let names = Mutex<[String?]>([])
    }
}
