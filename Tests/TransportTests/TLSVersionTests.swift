import NIOCore
import NIOPosix
import NIOSSL
import Testing
import Transport

/// TLS 1.2 and newer (`belayd(8)`): the handshake fails with older clients.
@Suite struct TLSVersionTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// What a server says of its health to a client that speaks TLS up to a version; nothing when there is none that
    /// both speak.
    private func health(of port: Int, upTo version: TLSVersion) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = version
        // This is not about who it is.
        configuration.certificateVerification = .none
        let context = try NIOSSLContext(configuration: configuration)
        let heard = loop.makePromise(of: String.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                    try channel.pipeline.syncOperations.addHandlers(tls, Ear(heard))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
        let text = try await heard.futureResult.get()
        try? await channel.close().get()
        return text
    }

    @Test func anOlderVersionIsNotSpoken() async throws {
        let certificate = try Certificate()
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            for (version, isSpoken) in [
                (TLSVersion.tlsv1, false), (TLSVersion.tlsv11, false), (TLSVersion.tlsv12, true),
                (TLSVersion.tlsv13, true),
            ] {
                let answer = try await health(of: listener.port, upTo: version)
                #expect(answer.hasPrefix("HTTP/1.1 200 ") == isSpoken, "\(version): \(answer)")
            }
        }
    }

    /// It is the server who refuses: another one speaks the old versions with the same client.
    @Test func theClientOfTheseTestsSpeaksOldVersions() async throws {
        let certificate = try Certificate()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.file).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv1
        let context = try NIOSSLContext(configuration: configuration)
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            for version in [TLSVersion.tlsv1, .tlsv11] {
                let answer = try await health(of: listener.port, upTo: version)
                #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(version): \(answer)")
            }
        }
    }
}

/// Keeps what comes first.
private final class Ear: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let heard: EventLoopPromise<String>

    init(_ heard: EventLoopPromise<String>) { self.heard = heard }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heard.succeed(String(buffer: unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        heard.succeed("")
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { heard.succeed("") }
}
