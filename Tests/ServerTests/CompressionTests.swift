import Agents
import Foundation
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// What a replay costs on the wire of a client that compresses (`protocol.md` §13).
@Suite struct CompressionTests {
    private static let turns = 20
    private static let promptBytes = 300

    /// Prompts of 300 bytes, each of words that no other one has in this order: the prose of this repository.
    private static func prompts() throws -> [String] {
        let words = try ["README.md", "CONTRIBUTING.md"].flatMap { name in
            try String(contentsOf: Repository.root.appendingPathComponent(name), encoding: .utf8)
                .split { !$0.isASCII || !$0.isLetter }
        }
        let prose = words.joined(separator: " ").utf8
        let beginning = "remember that the note is "
        let length = promptBytes - beginning.utf8.count
        #expect(prose.count >= turns * length)
        return (0..<turns).map { number in
            beginning + String(decoding: prose.dropFirst(number * length).prefix(length), as: UTF8.self)
        }
    }

    /// A server with a session of twenty turns, each with its plan, its tool call and its memory.
    private func withTurns(_ compression: Compression, body: (TestServer, AttachRequest) async throws -> Void)
        async throws
    {
        let root = try TemporaryDirectory()
        let index = try TemporaryDirectory()
        let librarian = Librarian(dataDirectory: index.path, logger: .quiet)
        try await withServer(
            [librarian],
            change: {
                $0.folders.shared = [root.path]
                $0.compression = compression
            },
            body: { server in
                let client = try await WireClient.greeted(by: server.local, as: "first")
                let session = try await client.newSession(root.path)
                for prompt in try Self.prompts() { try await client.answer(to: client.prompt(prompt, in: session)) }
                let position = Position(epoch: try #require(try server.epoch(of: session)), seq: 0)
                try await body(server, AttachRequest(session: session, position: position))
            })
    }

    @Test func twentyMissedTurnsTakeTwoBytesForEachOfTheirPrompts() async throws {
        try await withTurns(.on) { server, request in
            let plain = try await WireClient.connect(to: server.local, initialize: .of("plain", resume: [request]))
            #expect(await eventually { !plain.fences.isEmpty })
            let client = try await WireClient.connect(
                to: server.local, initialize: .of("other", resume: [request]), compression: .on)
            #expect(await eventually { !client.fences.isEmpty })
            #expect(client.notices.map(\.entry) == plain.notices.map(\.entry), "the same, compressed or not")
            let bytes = await client.bytes
            // Each frame has a head of two or four bytes.
            let wire = bytes.onWire + 4 * client.messages.count
            let text = Self.turns * Self.promptBytes
            Figure.line(
                "20 missed turns, compressed", "\(wire) bytes for \(text) of prompts, \(bytes.received) inflated")
            #expect(wire <= 2 * text)
            let uncompressed = await plain.bytes
            #expect(uncompressed.onWire == uncompressed.received && uncompressed.onWire > 4 * text)
            #expect(client.fences.first?.bytes == plain.fences.first?.bytes, "what the server says is not the wire's")
        }
    }

    @Test(arguments: [Compression.auto, .off])
    func onThisMachineNothingIsCompressedUnlessAskedFor(compression: Compression) async throws {
        try await withTurns(compression) { server, request in
            let token = try server.token(for: "someone").text
            for (endpoint, token, resume) in [(server.local, nil, [request]), (server.endpoint, token, [])] {
                let client = try await WireClient.connect(
                    to: endpoint, token: token, initialize: .of("other", resume: resume), compression: .on)
                #expect(await eventually { client.isGreeted && !client.messages.isEmpty })
                let bytes = await client.bytes
                #expect(bytes.onWire == bytes.received && bytes.onWire > 0)
            }
        }
    }
}
