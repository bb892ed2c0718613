import NIOCore
import NIOPosix
import TestKit
import Testing
import Wire

@testable import Transport

/// The agreement on compression in the handshake, over real sockets, and the frames that come with the 101.
@Suite struct CompressedUpgradeTests {
    private static let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    private static let greeting: [Message] = (1...6).map {
        .notification(method: "n\($0)", params: ["text": .string(String(repeating: "as before, ", count: 60))])
    }

    private func dial(_ port: Int, _ compression: Compression, _ listener: TestListener) async throws -> Heard {
        let endpoint = Endpoint(address: .host("127.0.0.1", port: port))
        return try await Heard.dial(
            Dialer.Request(endpoint: endpoint, userAgent: "test", compression: compression), on: listener.loop)
    }

    // MARK: - Who agrees

    @Test func theAnswerStandsInThe101AndTheFramesBehindItAreCompressed() async throws {
        try await withListener(greeting: Self.greeting, change: { $0.compression = .on }) { listener in
            let socket = try await RawWebSocket.connect(to: listener.port, with: Self.offer)
            #expect(
                socket.head.lowercased().contains(
                    "\r\nsec-websocket-extensions: permessage-deflate; client_no_context_takeover\r\n")
                    || socket.head.lowercased().hasSuffix(
                        "\r\nsec-websocket-extensions: permessage-deflate; client_no_context_takeover")
            )
            #expect(await eventually { socket.frames.count == Self.greeting.count })
            #expect(socket.frames.map(\.isDeflated) == [false] + Array(repeating: true, count: 5))
            var inflater = MessageInflater(keepsContext: true)
            for (frame, message) in zip(socket.frames, Self.greeting).dropFirst() {
                let text = try inflater.inflate(ByteBuffer(bytes: frame.payload), isLast: true, atMost: 1 << 20)
                #expect(text == message.encoded)
            }
            // What the client compresses is understood, also before the answer could be known.
            let note = Message.notification(method: "compressed", params: [:])
            try await socket.peer.send(
                FrameBytes.frame(
                    1, try deflated(note.encoded.readableBytesView), reserved: FrameBytes.deflated, isMasked: true))
            #expect(await eventually { listener.notified == ["compressed"] })
        }
    }

    @Test(arguments: [
        (Compression.auto, offer), (.off, offer), (.on, ""),
        (.on, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8"),
        (.on, "Sec-WebSocket-Extensions: x-webkit-deflate-frame"),
    ])
    func otherwiseNothingIsAgreedOn(compression: Compression, header: String) async throws {
        try await withListener(greeting: Self.greeting, change: { $0.compression = compression }) { listener in
            let socket = try await RawWebSocket.connect(to: listener.port, with: header)
            #expect(!socket.head.lowercased().contains("sec-websocket-extensions"))
            #expect(await eventually { socket.frames.count == Self.greeting.count })
            #expect(socket.frames.allSatisfy { !$0.isDeflated }, "127.0.0.1 is no network")
            #expect(socket.messages == Self.greeting.map(\.json))
        }
    }

    @Test func offersInSeveralHeadersAreOneList() async throws {
        try await withListener(change: { $0.compression = .on }) { listener in
            let socket = try await RawWebSocket.connect(
                to: listener.port, with: "Sec-WebSocket-Extensions: x, y; z=\"1\"\r\n\(Self.offer)")
            #expect(socket.head.lowercased().contains("sec-websocket-extensions: permessage-deflate;"))
        }
    }

    @Test(arguments: Compression.allCases, Compression.allCases)
    func everyPairUnderstandsEachOther(client: Compression, server: Compression) async throws {
        let request = Message.request(
            .number(1), method: "m", params: ["text": .string(String(repeating: "0123456789", count: 500))])
        try await withListener(greeting: Self.greeting, change: { $0.compression = server }) { listener in
            let heard = try await dial(listener.port, client, listener)
            heard.send(request)
            #expect(await eventually { heard.messages.count == Self.greeting.count + 1 })
            #expect(heard.messages.dropLast() == Self.greeting[...])
            guard case .request(let id, _, let params) = request else { return }
            #expect(heard.messages.last == .response(id, result: params))
            #expect(heard.closure == nil && listener.closures.isEmpty)
            let counts = await heard.bytes
            #expect((counts.onWire * 3 < counts.received) == (client == .on && server == .on), "\(counts)")
        }
    }

    @Test func anOfferIsMadeWhereCompressionIsOn() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        for (compression, isOffered) in [(Compression.auto, false), (.off, false), (.on, true)] {
            let server = try await Origin.start(.listen)
            let endpoint = Endpoint(address: .host("127.0.0.1", port: server.port))
            let dialed = Dialer.dial(
                Dialer.Request(endpoint: endpoint, userAgent: "test", compression: compression), on: loop
            ) { _, _ in }
            #expect(
                await eventually {
                    server.peers.first.map { String(decoding: $0.received, as: UTF8.self).hasSuffix("\r\n\r\n") }
                        ?? false
                })
            let request = String(decoding: server.peers.first?.received ?? [], as: UTF8.self).lowercased()
            let header = "\r\nsec-websocket-extensions: permessage-deflate; client_no_context_takeover\r\n"
            #expect(request.contains(header) == isOffered, "\(compression)")
            #expect(request.contains("sec-websocket-extensions") == isOffered)
            try await server.stop()
            _ = try? await dialed.get()
        }
    }

    @Test func aProxyOnThisMachineLeadsToANetwork() async throws {
        try await withListener(greeting: Self.greeting, change: { $0.compression = .on }) { listener in
            let tunnel = try TunnelServer(to: listener.port)
            let heard = try await Heard.dial(
                Dialer.Request(
                    endpoint: Endpoint(address: .host("chat.example", port: 4_321)), userAgent: "test",
                    allowsPlaintext: true,
                    proxies: Proxies(environment: ["all_proxy": "http://127.0.0.1:\(tunnel.port)"])),
                on: listener.loop)
            #expect(await eventually { heard.messages == Self.greeting })
            let counts = await heard.bytes
            #expect(counts.onWire < counts.received)
        }
    }

    @Test func aUnixSocketIsCompressedOnlyWhenAsked() async throws {
        for (compression, isCompressed) in [(Compression.auto, false), (.on, true)] {
            let folder = try TemporaryDirectory()
            let path = folder.path("socket")
            try await withListener(
                at: .unix(path: path), greeting: Self.greeting, change: { $0.compression = compression }
            ) { listener in
                let heard = try await Heard.dial(
                    Dialer.Request(
                        endpoint: Endpoint(address: .unix(path: path)), userAgent: "test", compression: .on),
                    on: listener.loop)
                #expect(await eventually { heard.messages == Self.greeting })
                let counts = await heard.bytes
                #expect((counts.onWire < counts.received) == isCompressed)
            }
        }
    }

    // MARK: - Glued to the 101

    @Test func splitAtEveryByteEverythingArrivesInOrder() async throws {
        // The first makes a burst, and so everything is compressed.
        let greeting = [110, 1, 20, 1].map { count in
            Message.notification(
                method: "n\(count)", params: ["text": .string(String(repeating: "as before, ", count: count))])
        }
        try await withListener(greeting: greeting, change: { $0.compression = .on }) { listener in
            let plain = try await Splitter.start(upstream: listener.port, first: 0, total: 1, on: listener.loop)
            let whole = try await dial(plain.port, .on, listener)
            #expect(await eventually { whole.messages == greeting })
            let total = plain.bytesPassed
            try await plain.stop()
            #expect(total < 600, "the 101 and the greeting, which is more than 1,600 bytes")
            for first in 0...total {
                let splitter = try await Splitter.start(
                    upstream: listener.port, first: first, total: total, on: listener.loop)
                let heard = try await dial(splitter.port, .on, listener)
                let isWhole = await eventually { heard.messages.count == greeting.count }
                #expect(isWhole && heard.messages == greeting, "split behind byte \(first) of \(total)")
                #expect(heard.closure == nil)
                heard.close(.normal, "")
                try await splitter.stop()
            }
        }
    }

    // MARK: - Answers that are none

    /// A relay that puts a header into the server's answer.
    private final class Inserter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: any Channel
        private var header: String?

        init(_ client: any Channel, _ header: String) { (self.client, self.header) = (client, header) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var text = String(buffer: unwrapInboundIn(data))
            if let header, let end = text.firstRange(of: "\r\n") {
                text.insert(contentsOf: header + "\r\n", at: end.upperBound)
                self.header = nil
            }
            client.writeAndFlush(ByteBuffer(string: text), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }
    }

    @Test(arguments: [
        (Compression.off, "permessage-deflate"), (.on, "permessage-deflate; client_max_window_bits=10"),
        (.on, "permessage-deflate; mystery"), (.on, "x-other"), (.on, "permessage-deflate;"),
        (.on, "permessage-deflate, permessage-deflate"),
    ])
    func anAnswerToNoOfferEndsTheAttempt(compression: Compression, answer: String) async throws {
        try await withListener { listener in
            let relay = try await Relay.start(
                upstream: listener.port, on: listener.loop,
                back: { Inserter($0, "Sec-WebSocket-Extensions: \(answer)") })
            let error = await #expect(throws: DialError.self) { try await dial(relay.port, compression, listener) }
            guard case .foreign(let message)? = error else {
                Issue.record("\(answer): \(String(describing: error))")
                return
            }
            #expect(message.contains("extension that was not offered"))
            #expect(await eventually { listener.closures.count == 1 }, "the connection is closed")
            try await relay.stop()
        }
    }
}
