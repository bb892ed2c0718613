import NIOCore
import NIOPosix
import Transport
import Wire

/// What a server answers to a request of HTTP that is written by hand: the bytes, as anybody sees them.
struct HTTPAnswer {
    /// The status; 101 when the connection became a WebSocket.
    var status: Int
    /// The headers; their names in small letters.
    var headers: [String: String]
    /// The body, as JSON.
    var body: JSON

    /// The headers of a WebSocket's upgrade (RFC 6455 §1.2).
    static let upgrade = [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    /// A connection on which nothing was asked yet.
    struct Caller {
        fileprivate let channel: any Channel
        fileprivate let host: String
        fileprivate let answered: EventLoopPromise<HTTPAnswer>

        /// Asks, once.
        func get(_ path: String, _ headers: [(String, String)] = []) async throws -> HTTPAnswer {
            ask(path, headers)
            return try await answer()
        }

        /// Asks, once, and does not wait for the answer.
        func ask(_ path: String, _ headers: [(String, String)] = []) {
            let lines = ["GET \(path) HTTP/1.1", "Host: \(host)"] + headers.map { "\($0.0): \($0.1)" } + ["", ""]
            channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n")), promise: nil)
        }

        /// The answer to what was asked; ends the connection.
        func answer() async throws -> HTTPAnswer {
            let answer = try await answered.futureResult.get()
            try? await channel.close().get()
            return answer
        }

        /// Ends the connection, answered or not.
        func close() async throws { try await channel.close().get() }
    }

    /// Connects, and asks nothing.
    static func connect(to endpoint: Endpoint) async throws -> Caller {
        guard case .host(let host, let port) = endpoint.address else { throw NotAnswered(bytes: "no port") }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: HTTPAnswer.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(answered: promise))
                }
            }
            .connect(host: host, port: port).get()
        return Caller(channel: channel, host: "\(host):\(port)", answered: promise)
    }

    /// Asks a server.
    static func get(
        _ path: String, _ headers: [(String, String)] = [], of endpoint: Endpoint
    ) async throws -> HTTPAnswer {
        try await connect(to: endpoint).get(path, headers)
    }

    /// The server ended the connection in the middle of its answer.
    struct NotAnswered: Error {
        /// What came.
        var bytes: String
    }

    /// Reads an answer; `nil` while it is not whole.
    private init?(_ text: String) {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        var lines = text[..<end.lowerBound].split(separator: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        self.status = status
        headers = Dictionary(
            lines.compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed)
            }, uniquingKeysWith: { first, _ in first })
        body = .null
        guard status != 101 else { return }
        let rest = text[end.upperBound...]
        guard let length = headers["content-length"].flatMap({ Int($0) }), rest.utf8.count >= length else { return nil }
        body = (try? JSON(parsing: String(rest))) ?? .null
    }

    /// Gathers what comes.
    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answered: EventLoopPromise<HTTPAnswer>
        private var bytes = ByteBuffer()

        init(answered: EventLoopPromise<HTTPAnswer>) { self.answered = answered }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.writeImmutableBuffer(unwrapInboundIn(data))
            if let answer = HTTPAnswer(String(buffer: bytes)) { answered.succeed(answer) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            answered.fail(NotAnswered(bytes: String(buffer: bytes)))
        }
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
