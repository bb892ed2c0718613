import Logging
import NIOCore
import TestKit
import Testing
import Wire

@testable import Transport

/// Strangers and descriptors: what those who are not known yet may take, and what happens when there is no room.
@Suite struct LobbyTests {
    @Test func whatDescriptorsAllowLeavesSomeForThoseWhoAreIn() {
        for descriptors in [16, 64, 256, 1_024, 65_536, 1_048_576] {
            let bounds = Lobby.Bounds(descriptors: descriptors)
            #expect(bounds.connections >= 8)
            #expect((4...4_096).contains(bounds.strangers))
            if descriptors >= 256 { #expect(descriptors - bounds.connections >= 64) }
            #expect(bounds.strangers <= bounds.connections)
        }
    }

    @Test func theOldestStrangerGoesWhenThereAreTooMany() async throws {
        try await withListener(lobby: .init(connections: 100, strangers: 3)) { listener in
            let known = try await RawWebSocket.connect(to: listener.port)
            var strangers: [Peer] = []
            for count in 1...5 {
                strangers.append(try await Peer.connect(to: listener.port))
                let gone = strangers.prefix(max(0, count - 3))
                #expect(await eventually { gone.allSatisfy { $0.end != nil } })
            }
            #expect(strangers.suffix(3).allSatisfy { $0.end == nil })
            #expect(known.peer.end == nil)
            // One who knows what to say gets in all the same.
            _ = try await RawWebSocket.connect(to: listener.port)
        }
    }

    @Test func aFullHouseShowsStrangersOutFirst() async throws {
        try await withListener(lobby: .init(connections: 3, strangers: 3)) { listener in
            let known = [
                try await RawWebSocket.connect(to: listener.port), try await RawWebSocket.connect(to: listener.port),
            ]
            let stranger = try await Peer.connect(to: listener.port)
            #expect(await eventually { listener.strangers == 1 })
            _ = try await RawWebSocket.connect(to: listener.port)
            #expect(await eventually { stranger.end != nil })
            #expect(known.allSatisfy { $0.peer.end == nil })
        }
    }

    @Test func nobodyIsAcceptedUntilOneEnds() async throws {
        try await withListener(lobby: .init(connections: 2, strangers: 2)) { listener in
            let first = try await RawWebSocket.connect(to: listener.port)
            _ = try await RawWebSocket.connect(to: listener.port)
            // The system takes it into its queue; the server does not.
            let waiting = try await Peer.connect(to: listener.port)
            try await waiting.send(Array(RawWebSocket.request.utf8))
            #expect(await eventually { listener.isShut })
            #expect(waiting.received.isEmpty)
            try await first.send(8, [0x03, 0xE8])
            #expect(await eventually { String(decoding: waiting.received, as: UTF8.self).hasPrefix("HTTP/1.1 101 ") })
        }
    }
}
