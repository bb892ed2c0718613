import TestKit
import Testing
import Wire

@testable import Transport

/// Requests against the real listener: correct, malformed, pipelined, split and chunked. Each is answered as RFC 6455 and
/// RFC 9112 say, once, and the listener is there for the next one.
@Suite(.serialized) struct RequestCorpusTests {
    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    private static let version = "Sec-WebSocket-Version: 13\r\n"

    private static func request(
        _ line: String = "GET /acp HTTP/1.1", host: String = "Host: localhost\r\n",
        connection: String = "Connection: Upgrade\r\n", upgrade: String = "Upgrade: websocket\r\n", key: String = key,
        version: String = version, more: String = "", body: String = ""
    ) -> String {
        "\(line)\r\n\(host)\(connection)\(upgrade)\(key)\(version)\(more)\r\n\(body)"
    }

    /// What is sent, and the status that it is answered with.
    static let corpus: [(name: String, text: String, status: Int)] = [
        ("as it should be", request(), 101),
        (
            "other cases",
            request(connection: "cOnNeCtIoN: keep-alive, uPgRaDe\r\n", upgrade: "UPGRADE: WebSocket\r\n"), 101
        ),
        ("two connection headers", request(connection: "Connection: keep-alive\r\nConnection: Upgrade\r\n"), 101),
        ("an empty body", request(more: "Content-Length: 0\r\n"), 101),
        ("no connection header", request(connection: ""), 400),
        ("a connection header without the word", request(connection: "Connection: keep-alive\r\n"), 400),
        ("a word that begins alike", request(connection: "Connection: upgrades\r\n"), 400),
        ("no upgrade header", request(upgrade: ""), 426),
        ("another protocol", request(upgrade: "Upgrade: h2c\r\n"), 426),
        ("no host", request(host: ""), 400),
        ("an empty host", request(host: "Host:\r\n"), 400),
        ("two hosts", request(host: "Host: a\r\nHost: b\r\n"), 400),
        ("HTTP/1.0", request("GET /acp HTTP/1.0"), 400),
        ("HTTP/1.0 with everything", request("GET /acp HTTP/1.0", more: "Keep-Alive: 5\r\n"), 400),
        ("HTTP/2.0", request("GET /acp HTTP/2.0"), 400),
        ("HTTP/0.9", "GET /acp\r\n\r\n", 400),
        ("POST", request("POST /acp HTTP/1.1"), 405),
        ("HEAD", request("HEAD /acp HTTP/1.1"), 400),
        ("a method that is none", request("GETT /acp HTTP/1.1"), 400),
        ("no key", request(key: ""), 400),
        ("two keys", request(key: key + key), 400),
        ("a short key", request(key: "Sec-WebSocket-Key: YWJj\r\n"), 400),
        ("a key that is no base64", request(key: "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n"), 400),
        ("no version", request(version: ""), 400),
        ("two versions", request(version: version + version), 400),
        ("an older version", request(version: "Sec-WebSocket-Version: 8\r\n"), 426),
        ("a version that is no number", request(version: "Sec-WebSocket-Version: thirteen\r\n"), 426),
        ("a body", request(more: "Content-Length: 5\r\n", body: "hello"), 400),
        ("two lengths", request(more: "Content-Length: 0\r\nContent-Length: 5\r\n", body: "hello"), 400),
        ("a negative length", request(more: "Content-Length: -1\r\n"), 400),
        ("a huge length", request(more: "Content-Length: 99999999999999999999\r\n"), 400),
        ("chunks", request(more: "Transfer-Encoding: chunked\r\n", body: "5\r\nhello\r\n0\r\n\r\n"), 400),
        (
            "chunks and a length",
            request(more: "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", body: "0\r\n\r\n"), 400
        ),
        ("two tokens", request(more: "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400),
        ("two origins", request(more: "Origin: https://a\r\nOrigin: https://b\r\n"), 400),
        ("two initializes", request(more: "Belay-Initialize: e30\r\nBelay-Initialize: e30\r\n"), 400),
        (
            "an extension", request(more: "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
            101
        ),
        ("extensions that nobody knows", request(more: "Sec-WebSocket-Extensions: a; b=\"c\", d\r\n"), 101),
        (
            "extensions in two headers",
            request(more: "Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: b\r\n"), 101
        ),
        ("an extension with an empty parameter", request(more: "Sec-WebSocket-Extensions: a;\r\n"), 400),
        ("an extension with an open quote", request(more: "Sec-WebSocket-Extensions: a; b=\"c\r\n"), 400),
        ("extensions without a comma", request(more: "Sec-WebSocket-Extensions: a b\r\n"), 400),
        ("a header without a colon", request(more: "nonsense\r\n"), 400),
        ("a header with a space in its name", request(more: "Bad Name: 1\r\n"), 400),
        ("a NUL in a header", request(more: "X: a\u{0}b\r\n"), 400),
        ("an absolute address", request("GET http://localhost/acp HTTP/1.1"), 101),
        ("an absolute address with a query", request("GET HTTP://localhost:80/acp?x=1 HTTP/1.1"), 101),
        ("an absolute address of another place", request("GET http://localhost HTTP/1.1"), 404),
        ("an absolute address without a host", request("GET http:///acp HTTP/1.1"), 400),
        ("a query", request("GET /acp?x=1 HTTP/1.1"), 101),
        ("a host with a port", request(host: "Host: chat.example:8137\r\n"), 101),
        ("a host with an empty port", request(host: "Host: chat.example:\r\n"), 101),
        ("a host in brackets", request(host: "Host: [::1]:80\r\n"), 101),
        ("a host without brackets", request(host: "Host: ::1\r\n"), 400),
        ("a host with one bracket", request(host: "Host: [::1\r\n"), 400),
        ("a host with a blank", request(host: "Host: a b\r\n"), 400),
        ("a list of hosts", request(host: "Host: a,b\r\n"), 400),
        ("a host with a user", request(host: "Host: user@host\r\n"), 400),
        ("a host with a port that is none", request(host: "Host: host:99999\r\n"), 400),
        ("a host with an empty label", request(host: "Host: a..b\r\n"), 400),
        ("a host with a path", request(host: "Host: host/path\r\n"), 400),
        ("another place", request("GET /other HTTP/1.1"), 404),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
        ("a line of nonsense", "what is this\r\n\r\n", 400),
        ("an endless line", "GET /" + String(repeating: "a", count: 20_000), 431),
        ("an endless header", "GET /acp HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000), 431),
        ("endless headers", "GET /acp HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 4_000), 431),
        ("health", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        ("health of one that wants no body", "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ]

    @Test(arguments: corpus.indices)
    func isAnsweredAsItDeserves(_ index: Int) async throws {
        let (name, text, status) = RequestCorpusTests.corpus[index]
        try await withListener { listener in
            let head = try await answer([Array(text.utf8)], of: listener)
            #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(head.prefix(80))")
            #expect(listener.requests.count == (status == 101 ? 1 : 0), "\(name)")
            try await isStillThere(listener)
        }
    }

    @Test(arguments: corpus.indices)
    func isAnsweredTheSameInPieces(_ index: Int) async throws {
        let (name, text, status) = RequestCorpusTests.corpus[index]
        var generator = TestSeed.current.generator(lane: UInt64(index))
        var rest = Array(text.utf8)[...]
        var pieces: [[UInt8]] = []
        while !rest.isEmpty {
            let length = min(rest.count, Int.random(in: 1...max(2, text.utf8.count / 6), using: &generator))
            pieces.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        try await withListener { listener in
            let head = try await answer(pieces, of: listener)
            #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(head.prefix(80))")
            try await isStillThere(listener)
        }
    }

    /// Whatever stands behind the first request in the same segment is never a second one.
    @Test(arguments: corpus.indices)
    func nothingBehindItIsReadAsHTTP(_ index: Int) async throws {
        let (name, text, status) = RequestCorpusTests.corpus[index]
        guard text.hasSuffix("\r\n\r\n") else { return }
        for second in [RequestCorpusTests.request(), "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", text, "\r\n\r\n"] {
            try await withListener { listener in
                let peer = try await Peer.connect(to: listener.port)
                for _ in 0..<2 { try? await peer.send(Array((text + second).utf8)) }
                // An upgrade takes it for a frame, which it is not; everything else has been answered.
                #expect(await eventually { peer.end != nil }, "\(name)")
                let received = String(decoding: peer.received, as: UTF8.self)
                #expect(received.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(received.prefix(80))")
                #expect(received.ranges(of: #/HTTP\/1\.1 [0-9]{3} /#).count == 1, "\(name) is answered once")
                #expect(listener.requests.count == (status == 101 ? 1 : 0), "\(name)")
                try await isStillThere(listener)
            }
        }
    }

    @Test func aFrameInTheSegmentOfTheRequestIsHeard() async throws {
        try await withListener { listener in
            let note = RawWebSocket.frame(1, Array(#"{"method":"early"}"#.utf8))
            let bytes = Array(RequestCorpusTests.request().utf8) + note
            for split in [bytes.count, bytes.count - note.count, bytes.count - 3] {
                let peer = try await Peer.connect(to: listener.port)
                try await peer.send(Array(bytes[..<split]))
                if split < bytes.count { try await peer.send(Array(bytes[split...])) }
                #expect(await eventually { String(decoding: peer.received, as: UTF8.self).hasPrefix("HTTP/1.1 101 ") })
            }
            #expect(await eventually { listener.notified == ["early", "early", "early"] })
        }
    }

    private func answer(_ pieces: [[UInt8]], of listener: TestListener) async throws -> String {
        let peer = try await Peer.connect(to: listener.port)
        // One that is refused before its end may be gone before its end is sent.
        for piece in pieces { try? await peer.send(piece) }
        let end = Array("\r\n\r\n".utf8)
        #expect(await eventually { peer.received.firstRange(of: end) != nil || peer.end != nil })
        return String(decoding: peer.received, as: UTF8.self)
    }

    private func isStillThere(_ listener: TestListener) async throws {
        let head = try await answer([Array("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8)], of: listener)
        #expect(head.hasPrefix("HTTP/1.1 200 "))
    }
}
