import Glibc
import Ledger
import ServerKit
import TestKit
import Testing
import Wire

@testable import Server

/// Memory that sessions have left behind goes back to the system, at most once a minute.
@Suite struct FreedMemoryTests {
    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test func onceAMinuteAndOnlyBehindLoadsAndEvictions() {
        var freed = FreedMemory()
        // When it is asked, and how many sessions were loaded or have left before that.
        let asked: [(seconds: Int64, moved: Int)] = [(0, 0), (1, 2), (100, 0), (101, 1), (160, 1), (161, 0)]
        let due = asked.map { seconds, moved in
            for _ in 0..<moved { freed.add() }
            return freed.takeIfDue(at: at(seconds))
        }
        // The one that left after 160 seconds was too early, and is not forgotten.
        #expect(due == [false, true, false, true, false, true])
    }

    /// Gaps between pieces that stay in use: the allocator keeps them until it is asked.
    @Test func whatIsFreedBetweenWhatStaysIsGivenBack() {
        let page = Int(getpagesize())
        let pieces = (0..<4_096).map { _ in
            let piece = UnsafeMutableRawPointer.allocate(byteCount: 4 * page, alignment: 16)
            memset(piece, 1, 4 * page)
            return piece
        }
        let (kept, freed) = (pieces.indices.filter { $0 % 64 == 0 }, pieces.indices.filter { $0 % 64 != 0 })
        for index in freed { pieces[index].deallocate() }
        /// How many of the freed pieces still take memory: of each, its first whole page.
        func resident() -> Int {
            freed.count { index in
                var state: UInt8 = 0
                let inner = UnsafeMutableRawPointer(bitPattern: (Int(bitPattern: pieces[index]) / page + 1) * page)
                return mincore(inner, page, &state) == 0 && state & 1 == 1
            }
        }
        #expect(resident() > freed.count / 2)
        FreedMemory.giveBack()
        #expect(resident() < freed.count / 4)
        for index in kept { pieces[index].deallocate() }
    }

    @Test func aSweepThatEvictsASessionIsFollowedByIt() async throws {
        try await withServer([FixedAgent.brief], change: { $0.idleInterval = .milliseconds(10) }) { server in
            let daemon = server.daemon
            let client = try await server.client(of: "carol", as: "c")
            let session = try await client.newSession()
            client.notify(Method.detach, session.named)
            try await client.request(Method.ping, [:])
            // The first time is behind the load.
            #expect(await eventually { daemon.server.services.sessions.memoryReturnedAt != nil })
            let loaded = daemon.server.services.sessions.memoryReturnedAt ?? .zero
            server.clock.advance(by: .seconds(61))
            #expect(await eventually { daemon.server.services.sessions.memoryReturnedAt ?? .zero > loaded })
            #expect(daemon.server.services.sessions[session] == nil)
        }
    }
}
