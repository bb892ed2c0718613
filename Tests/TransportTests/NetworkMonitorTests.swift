import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import Transport

/// Real changes of a real network, in a namespace of the test's own where it may make one.
@Suite(.serialized) struct NetworkMonitorTests {
    /// What a monitor reports, counted.
    private final class Reports: Sendable {
        private let times = Mutex<[ContinuousClock.Instant]>([])
        func add() { times.withLock { $0.append(.now) } }
        var count: Int { times.withLock { $0.count } }
        var last: ContinuousClock.Instant? { times.withLock { $0.last } }
    }

    private func start(
        on loop: any EventLoop, polls: Bool = false, _ reports: Reports
    ) async throws -> NetworkMonitor {
        try await loop.submit { NetworkMonitor.start(on: loop, polls: polls) { reports.add() } }.get()
    }

    /// Adds an address and waits for the report of it.
    ///
    /// - Returns: How long that took, from the beginning of the change; `nil` without a report.
    private func expectReport(
        _ network: PrivateNetwork, _ address: UInt8, _ reports: Reports
    ) async -> Duration? {
        let before = reports.count
        // The loop stands still meanwhile, so that all that the kernel says of one change is one burst.
        let gate = Gate()
        network.loop.execute { gate.pass() }
        let begun = ContinuousClock.now
        #expect(network.add(address))
        gate.open()
        guard await eventually({ reports.count > before }), let last = reports.last else { return nil }
        return last - begun
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func anAddressThatComesIsReportedOnceBehindTheWindowOfABurst() async throws {
        let network = try #require(PrivateNetwork())
        let reports = Reports()
        let monitor = try await start(on: network.loop, reports)
        #expect(try await network.loop.submit { monitor.isPolling }.get() == false)
        for address: UInt8 in 1...5 {
            let took = try #require(await expectReport(network, address, reports))
            #expect(took >= .milliseconds(79), "a burst has its window")
            print("figure: an address came, reported after \(took)")
        }
        #expect(reports.count == 5)
    }

    /// A second monitor tells when the first one would have reported: it hears the same from the kernel, and has the
    /// same window.
    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func nothingIsReportedAfterTheEnd() async throws {
        let network = try #require(PrivateNetwork())
        let (ended, others) = (Reports(), Reports())
        let monitor = try await start(on: network.loop, ended)
        let other = try await start(on: network.loop, others)
        #expect(await expectReport(network, 1, others) != nil)
        #expect(await eventually { ended.count == 1 })
        try await network.loop.submit { monitor.stop() }.get()
        for address: UInt8 in 2...3 { #expect(await expectReport(network, address, others) != nil) }
        #expect(ended.count == 1)
        try await network.loop.submit { other.stop() }.get()
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func aSocketThatOverflowsIsOneReportAndIsOpenedAgain() async throws {
        let network = try #require(PrivateNetwork())
        let reports = Reports()
        let monitor = try await start(on: network.loop, reports)
        // Nobody reads while more is told than the socket holds.
        let gate = Gate()
        network.loop.execute { gate.pass() }
        for _ in 0..<8 { for address: UInt8 in 1...200 { network.add(address) } }
        gate.open()
        #expect(await eventually { reports.count >= 1 })
        #expect(try await network.loop.submit { monitor.socketsOpened }.get() > 1)
        #expect(try await network.loop.submit { monitor.isPolling }.get() == false)
        // A report that the burst still had due comes before that of the second change behind it.
        for address: UInt8 in 250...251 { #expect(await expectReport(network, address, reports) != nil) }
        #expect(reports.count <= 5, "a burst is not a report each: \(reports.count), two of them of what followed")
        try await network.loop.submit { monitor.stop() }.get()
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func lookingOnceASecondFindsTheSame() async throws {
        let network = try #require(PrivateNetwork())
        let reports = Reports()
        let monitor = try await start(on: network.loop, polls: true, reports)
        #expect(try await network.loop.submit { monitor.isPolling }.get())
        #expect(NetworkMonitor.pollInterval == .seconds(1))
        let took = try #require(await expectReport(network, 1, reports))
        print("figure: an address came, seen by looking after \(took)")
        let (count, looks) = (reports.count, try await network.loop.submit { monitor.looks }.get())
        // The report of a look is a window behind it, and so before the look that follows.
        #expect(try await eventually { try await network.loop.submit { monitor.looks }.get() >= looks + 2 })
        #expect(reports.count == count, "a network that stays is not reported")
        try await network.loop.submit { monitor.stop() }.get()
    }

    @Test func itStartsAndEndsAnywhere() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let reports = Reports()
        for polls in [false, true] {
            let monitor = try await start(on: loop, polls: polls, reports)
            try await loop.submit { monitor.stop() }.get()
            #expect(try await loop.submit { monitor.isPolling }.get() == false)
        }
        #expect(NetworkSnapshot.now() == NetworkSnapshot.now(), "counters of the kernel are no change")
    }

    @Test func theSourceIsTheOneThatAConnectionWouldHave() throws {
        #expect(SourceAddress.toward(try SocketAddress(ipAddress: "127.0.0.1", port: 9)) == "127.0.0.1")
        #expect(SourceAddress.toward(try SocketAddress(ipAddress: "127.0.0.9", port: 9)) == "127.0.0.1")
        #expect(SourceAddress.toward(try SocketAddress(unixDomainSocketPath: "/run/socket")) == nil)
        let v6 = SourceAddress.toward(try SocketAddress(ipAddress: "::1", port: 9))
        #expect(v6 == "::1" || v6 == nil)
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func theSourceFollowsTheRoutes() async throws {
        let network = try #require(PrivateNetwork())
        let remote = try SocketAddress(ipAddress: "10.88.7.200", port: 9)
        #expect(try await network.loop.submit { SourceAddress.toward(remote) }.get() == nil, "there is no route")
        #expect(network.add(7))
        #expect(try await network.loop.submit { SourceAddress.toward(remote) }.get() == "10.88.7.1")
        #expect(network.remove(7))
        #expect(try await network.loop.submit { SourceAddress.toward(remote) }.get() == nil)
    }
}

/// A network of the test's own, with nothing in it but a loopback interface: an event loop whose thread lives there.
private final class PrivateNetwork: Sendable {
    let loop: any EventLoop
    private let group: MultiThreadedEventLoopGroup
    /// A socket of the namespace, by which its interfaces are changed.
    private let descriptor: Int32

    static let isAllowed: Bool = PrivateNetwork() != nil

    init?() {
        let made = Mutex<(MultiThreadedEventLoopGroup, Int32)?>(nil)
        let isDone = Gate()
        // Threads begin in the namespace of the one that made them, and this one goes into a new one first.
        let hasThread = DetachedThread.run {
            if PrivateNetwork.leaveTheNetwork() {
                let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
                made.withLock { $0 = (MultiThreadedEventLoopGroup(numberOfThreads: 1), descriptor) }
            }
            isDone.open()
        }
        if hasThread { isDone.pass() }
        guard let (group, descriptor) = made.withLock({ $0 }) else { return nil }
        self.group = group
        self.descriptor = descriptor
        loop = group.next()
        guard change("lo", flags: Int16(IFF_UP | IFF_RUNNING)) else { return nil }
    }

    deinit {
        close(descriptor)
        group.shutdownGracefully { _ in }
    }

    /// Moves the calling thread into a network with nothing in it: `unshare(CLONE_NEWNET)`, which Glibc's module hides.
    private static func leaveTheNetwork() -> Bool {
        guard let symbol = dlsym(nil, "unshare") else { return false }
        let unshare = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
        return unshare(0x4000_0000) == 0
    }

    /// Gives the machine the address `10.88.N.1`, with its network.
    @discardableResult
    func add(_ number: UInt8) -> Bool {
        request("lo:\(number)", SIOCSIFADDR) { bytes in
            bytes[16] = UInt8(AF_INET)
            for (index, byte) in ([10, 88, number, 1] as [UInt8]).enumerated() { bytes[20 + index] = byte }
        }
            && request("lo:\(number)", SIOCSIFNETMASK) { bytes in
                bytes[16] = UInt8(AF_INET)
                for (index, byte) in ([255, 255, 255, 0] as [UInt8]).enumerated() { bytes[20 + index] = byte }
            }
    }

    /// Takes the address away again.
    func remove(_ number: UInt8) -> Bool { change("lo:\(number)", flags: 0) }

    private func change(_ interface: String, flags: Int16) -> Bool {
        request(interface, SIOCSIFFLAGS) { $0.storeBytes(of: flags, toByteOffset: 16, as: Int16.self) }
    }

    /// A request with a `struct ifreq`: sixteen bytes of a name, and what the request is about.
    private func request(
        _ interface: String, _ code: Int32, _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { bytes in
            for index in bytes.indices { bytes[index] = 0 }
            for (index, byte) in interface.utf8.prefix(15).enumerated() { bytes[index] = byte }
            fill(bytes)
            guard let start = bytes.baseAddress else { return false }
            return ioctl(descriptor, UInt(code), start) == 0
        }
    }
}
