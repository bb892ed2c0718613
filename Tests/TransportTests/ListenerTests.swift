import Foundation
import NIOCore
import NIOPosix
import Platform
import Synchronization
import TestKit
import Testing
import Transport
import Wire

/// A server's socket: what it listens on, and what it answers to those who do not upgrade.
@Suite struct ListenerTests {
    /// What the server answers to a request that is written by hand, until it closes.
    private func answer(to request: String, of listener: TestListener) async throws -> String {
        let peer = try await Peer.connect(to: listener.port)
        try await peer.send(Array(request.utf8))
        #expect(await eventually { peer.end != nil }, "it closes behind its answer")
        return String(decoding: peer.received, as: UTF8.self)
    }

    private func get(_ path: String, _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n"
    }

    @Test func healthIsToldToWhoeverAsks() async throws {
        let isReady = Mutex(false)
        try await withListener(isReady: { isReady.withLock { $0 } }) { listener in
            #expect(try await answer(to: get("/healthz"), of: listener).hasPrefix("HTTP/1.1 200 "))
            #expect(try await answer(to: get("/readyz"), of: listener).hasPrefix("HTTP/1.1 503 "))
            isReady.withLock { $0 = true }
            #expect(try await answer(to: get("/readyz"), of: listener).hasPrefix("HTTP/1.1 200 "))
            let missing = try await answer(to: get("/elsewhere"), of: listener)
            #expect(missing.hasPrefix("HTTP/1.1 404 "))
            #expect(missing.contains("\"reason\":\"not_found\""))
        }
    }

    @Test(arguments: ["", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Connection: keep-alive\r\n"])
    func whatDoesNotUpgradeRightIsToldWhatIsSpoken(headers: String) async throws {
        try await withListener { listener in
            let answer = try await answer(to: get("/acp", headers), of: listener)
            #expect(answer.hasPrefix("HTTP/1.1 426 "))
            #expect(answer.lowercased().contains("\r\nupgrade: websocket\r\n"))
            #expect(listener.requests.isEmpty)
        }
    }

    @Test func aRefusalSaysWhyAndWhenToComeBack() async throws {
        let refusal = Refusal(status: 429, reason: "connections", message: "enough", retryAfter: 1_200)
        try await withListener(refusal: refusal) { listener in
            let answer = try await answer(to: RawWebSocket.request, of: listener)
            #expect(answer.hasPrefix("HTTP/1.1 429 "))
            #expect(answer.lowercased().contains("\r\nretry-after: 2\r\n"), "whole seconds, not too early")
            #expect(answer.hasSuffix(refusal.json.text))
        }
    }

    @Test func anUpgradeElsewhereIsNotThere() async throws {
        try await withListener { listener in
            let request = RawWebSocket.request.replacing("/acp", with: "/other")
            let answer = try await answer(to: request, of: listener)
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(listener.requests.isEmpty)
        }
    }

    @Test func whatIsNoHTTPIsToldSoAndShownOut() async throws {
        try await withListener { listener in
            let answer = try await answer(to: "\u{16}\u{3}\u{1} what is this\r\n\r\n", of: listener)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func whoeverConnectsAndSaysNothingWholeDoesNotStay() async throws {
        try await withListener(change: { $0.requestTimeout = .seconds(1) }) { listener in
            let socket = try await RawWebSocket.connect(to: listener.port)
            let silent = try await Peer.connect(to: listener.port)
            let slow = try await Peer.connect(to: listener.port)
            try await slow.send(Array("GET /acp HTTP/1.1\r\nHost: ".utf8))
            #expect(await eventually { silent.end != nil && slow.end != nil })
            #expect(socket.peer.end == nil, "one that has upgraded stays, though its timeout began earlier")
        }
    }

    @Test func aPlaceThatIsTakenOrIsNoneIsToldInASentence() async throws {
        func message(_ address: Endpoint.Address) async throws -> String {
            do {
                try await TestListener.start(at: address).stop()
                return "listening"
            } catch let error as ListenError {
                return error.description
            }
        }
        try await withListener { listener in
            let taken = try await message(.host("127.0.0.1", port: listener.port))
            #expect(
                taken
                    == "127.0.0.1:\(listener.port) is in use by another program: stop it, or listen elsewhere with --listen"
            )
            #expect(
                try await message(.host("192.0.2.1", port: 0))
                    == "192.0.2.1:0 is not an address of this machine: correct --listen")
            #expect(
                try await message(.unix(path: "/nonexistent/socket")).hasPrefix("cannot listen on /nonexistent/socket"))
        }
    }

    @Test func theSocketOfADeadServerIsTakenOver() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("socket")
        let dead = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path).get()
        try await dead.close()
        for _ in 0..<2 { try await withListener(at: .unix(path: path)) { _ in } }
    }

    /// A listener for a socket; nobody connects.
    private func listener(at path: String, isFolderOwn: Bool = false) async throws -> Listener {
        var configuration = Listener.Configuration(address: .unix(path: path))
        configuration.isFolderOwn = isFolderOwn
        return try await Listener.bind(configuration, on: MultiThreadedEventLoopGroup.singleton.next()) { _, loop in
            loop.makeSucceededFuture(.failure(Refusal(status: 503, reason: "test", message: "nobody is served")))
        }
    }

    @Test func aSocketIsTakenFromNobodyAndGoesWithItsListener() async throws {
        let folder = try TemporaryDirectory()
        // The longest path, and one whose name is shorter than any temporary one.
        let room = UnixSocket.pathBytesMaximum - folder.path.utf8.count - 1
        for name in ["socket", "s", String(repeating: "l", count: room)] {
            let path = folder.path(name)
            let first = try await listener(at: path)
            #expect(first.isInPlace)
            await #expect(throws: ListenError.self) { try await listener(at: path, isFolderOwn: true) }
            #expect(first.isInPlace && UnixSocket.isListening(at: path))
            // Removed and bound again before the old one is closed.
            unlink(path)
            #expect(!first.isInPlace)
            let second = try await listener(at: path)
            await first.close()
            #expect(second.isInPlace && UnixSocket.isListening(at: path), "the old one takes nothing with it")
            #expect(!first.isInPlace)
            await second.close()
            #expect(!second.isInPlace && UnixSocket.state(at: path) == .absent)
        }
        await #expect(throws: ListenError.self) {
            try await listener(at: folder.path(String(repeating: "l", count: room + 1)))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "nothing temporary stays")
    }

    @Test func aClosedListenerIsNotInPlaceWhateverHappensToItsFile() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("socket")
        let first = try await listener(at: path)
        try #require(rename(path, path + ".aside") == 0)
        await first.close()
        try #require(rename(path + ".aside", path) == 0)
        #expect(!first.isInPlace)
        let second = try await listener(at: path)
        #expect(second.isInPlace)
        await second.close()
    }

    @Test(arguments: ["file", "folder", "full folder", "link", "fifo"])
    func whatIsNoSocketIsReplacedInAFolderOfTheServersOwnOnly(kind: String) async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("socket")
        switch kind {
        case "file": close(open(path, O_CREAT | O_WRONLY, 0o600))
        case "link": symlink("nowhere", path)
        case "fifo": mkfifo(path, 0o600)
        default:
            mkdir(path, 0o700)
            if kind == "full folder" { mkdir(path + "/inside", 0o700) }
        }
        await #expect(throws: ListenError.self) { try await listener(at: path) }
        #expect(UnixSocket.state(at: path) == .other)
        let own = try await listener(at: path, isFolderOwn: true)
        #expect(UnixSocket.isListening(at: path))
        await own.close()
    }
}
