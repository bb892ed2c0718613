import FaultProxy
import TestKit
import Testing

/// Actions of a plan and keys of a person, on connections that are open.
@Suite(.timeLimit(.minutes(1))) struct FaultActionTests {
    @Test(arguments: [Fault.refuse, .captivePortal, .switchAddress(nil), .switchAddress("127.0.0.9")])
    func whatIsForNewConnectionsEndsTheOpenOnes(fault: Fault) async throws {
        let origin = try await Origin.start(.echo)
        let proxy = try await FaultProxy.start(upstream: .tcp(host: "127.0.0.1", port: origin.port))
        let client = try await Peer.connect(to: proxy.port)
        try await client.send([1])
        #expect(await eventually { client.received == [1] })
        try await proxy.perform(fault)
        #expect(await eventually { client.end == .closed })
        #expect(await eventually { await proxy.openConnections == 0 })
        try await proxy.stop()
        try await origin.stop()
    }

    @Test(arguments: [Upstream.tcp(host: "192.0.2.1", port: 80), .unix(path: "/nowhere")])
    func onlyAServerOfThisMachineIsReachedFromItsOtherAddresses(upstream: Upstream) async throws {
        let proxy = try await FaultProxy.start(upstream: upstream)
        await #expect(throws: FaultProxyError.noOtherAddress(upstream: upstream.description)) {
            try await proxy.perform(.switchAddress(nil))
        }
        #expect(await proxy.plan == FaultPlan(), "nothing was done")
        try await proxy.stop()
    }
}
