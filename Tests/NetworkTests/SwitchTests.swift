import ProgramKit
import Sync
import TestKit
import Testing

/// What the client is to reach on a machine that does nothing else, printed beside what was measured; and the bounds
/// that are checked, which only another mechanism than the one that is tested could miss.
enum Required {
    /// From a change of the address or the route to the beginning of a new attempt.
    static let attempt = Duration.milliseconds(150)
    /// From the moment at which a network with a running turn falls silent to the moment at which that is noticed.
    static let notice = Heartbeat.intervalBusy + Heartbeat.timeoutMinimum
    /// From a change to a current client; the wire is no distance here.
    static let current = Duration.seconds(1)

    /// Whoever does not see a change of the network waits at least so long for the answer to a ping, each time.
    static let sawTheChange = Heartbeat.timeoutMinimum
    /// Whoever does not ping more often while a turn runs begins to wait for an answer only then.
    static let pingedForTheTurn = Heartbeat.intervalIdle / 2
}

/// Real programs in networks of their own, whose addresses and routes change under a live connection.
@Suite("Networks", .serialized, .enabled(if: Machine.hasNetworks))
struct SwitchTests {
    @Test("the address changes under a live connection", arguments: [false, true])
    func address(hasTurn: Bool) async throws {
        let stage = try await Stage(hasTurn: hasTurn)
        var switches: [Stage.Switch] = []
        for (old, new) in [(1, 3), (3, 4), (4, 5)] {
            switches.append(
                try await stage.follow(to: "10.90.\(new).2") { try stage.network.moveClient(from: old, to: new) })
        }
        expect(switches, after: "an address change", hasTurn: hasTurn)
        try await stage.expectTruth(hasTurn: hasTurn)
    }

    @Test("the route moves to another interface", arguments: [false, true])
    func route(hasTurn: Bool) async throws {
        let stage = try await Stage(hasTurn: hasTurn)
        var switches: [Stage.Switch] = []
        for (uplink, address) in [
            (1, Network.secondUplinkAddress), (0, Network.firstAddress), (1, Network.secondUplinkAddress),
        ] {
            switches.append(try await stage.follow(to: address) { try stage.network.routeClient(over: uplink) })
        }
        expect(switches, after: "the route moved", hasTurn: hasTurn)
        try await stage.expectTruth(hasTurn: hasTurn)
    }

    /// Says what was measured, and checks that the change was seen: the fastest of several was faster than a heartbeat
    /// could be.
    private func expect(_ switches: [Stage.Switch], after what: String, hasTurn: Bool) {
        let turn = hasTurn ? "with a turn running" : "without a turn"
        figure("new attempt after \(what) \(turn)", switches.map(\.attempt), required: Required.attempt)
        figure(
            "current after \(what) \(turn)", switches.map(\.current), required: Required.current,
            "the client says \(switches.map(\.shown).joined(separator: ", "))")
        #expect(switches.contains { $0.attempt < Required.sawTheChange })
        #expect(switches.contains { $0.current < Required.sawTheChange })
    }

    @Test("a silent network is noticed while a turn runs, and gone on from when it is healed")
    func blackhole() async throws {
        let stage = try await Stage(hasTurn: true)
        let known = stage.ends
        let noticed = try await stage.time {
            try stage.network.forward(false)
        } until: {
            !stage.ends.subtracting(known).isEmpty
        }
        figure("a silent network noticed with a turn running", [noticed], required: Required.notice)
        #expect(noticed < Required.pingedForTheTurn)
        #expect(await stage.screen.shows("◌ offline"), "\(stage.screen.text)")
        let healed = try await stage.time {
            try stage.network.forward(true)
        } until: {
            stage.isConnected(from: Network.firstAddress, besides: known)
        }
        #expect(await stage.screen.shows(Stage.live), "\(stage.screen.text)")
        figure("connected after a silent network was healed", [healed], "the client says \(stage.resumeShown)")
        try await stage.expectTruth(hasTurn: true)
    }
}

/// What this machine lets a test do.
enum Machine {
    /// Whether there can be networks; says so once when there cannot.
    static let hasNetworks: Bool = {
        guard let refusal = Network.refusal else { return true }
        print("skipped: no networks can be made here (\(refusal)); run as root, with the package iproute2")
        return false
    }()
}
