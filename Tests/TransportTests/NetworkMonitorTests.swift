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
    private func expectReport(
        _ network: PrivateNetwork, _ address: UInt8, _ reports: Reports, within limit: Duration
    ) async -> Duration? {
        let (before, begun) = (reports.count, ContinuousClock.now)
        #expect(network.add(address))
        guard await eventually(within: limit, { reports.count > before }), let last = reports.last else { return nil }
        return last - begun
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func anAddressThatComesIsReportedOnceAndSoon() async throws {
        let network = try #require(PrivateNetwork())
        let reports = Reports()
        let monitor = try await start(on: network.loop, reports)
        #expect(try await network.loop.submit { monitor.isPolling }.get() == false)
        for address: UInt8 in 1...5 {
            let before = reports.count
            let took = try #require(await expectReport(network, address, reports, within: .seconds(5)))
            #expect(took >= .milliseconds(79), "a burst has its window")
            #expect(took < .milliseconds(500))
            #expect(reports.count == before + 1)
            print("figure: an address came, reported after \(took)")
        }
        try await network.loop.submit { monitor.stop() }.get()
        let count = reports.count
        #expect(network.add(6))
        try await network.loop.scheduleTask(in: .milliseconds(200)) {}.futureResult.get()
        #expect(reports.count == count, "nothing is reported after the end")
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func aSocketThatOverflowsIsOneReportAndIsOpenedAgain() async throws {
        let network = try #require(PrivateNetwork())
        let reports = Reports()
        let monitor = try await start(on: network.loop, reports)
        // Nobody reads while more is told than the socket holds.
        let gate = DispatchGate()
        network.loop.execute { gate.wait() }
        for _ in 0..<8 { for address: UInt8 in 1...200 { network.add(address) } }
        gate.open()
        #expect(await eventually { reports.count >= 1 })
        try await network.loop.scheduleTask(in: .milliseconds(300)) {}.futureResult.get()
        #expect(reports.count <= 3, "a burst is not a report each: \(reports.count)")
        #expect(try await network.loop.submit { monitor.socketsOpened }.get() > 1)
        #expect(try await network.loop.submit { monitor.isPolling }.get() == false)
        #expect(await expectReport(network, 250, reports, within: .seconds(5)) != nil)
        try await network.loop.submit { monitor.stop() }.get()
    }

    @Test(.enabled(if: PrivateNetwork.isAllowed, "only root may make a network namespace"))
    func lookingOnceASecondFindsTheSame() async throws {
        let network = try #require(PrivateNetwork())
        let reports = Reports()
        let monitor = try await start(on: network.loop, polls: true, reports)
        #expect(try await network.loop.submit { monitor.isPolling }.get())
        let took = try #require(await expectReport(network, 1, reports, within: .seconds(5)))
        #expect(took < .seconds(2))
        print("figure: an address came, seen by looking after \(took)")
        let count = reports.count
        try await network.loop.scheduleTask(in: .milliseconds(1_200)) {}.futureResult.get()
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

/// Holds a thread until it is told to go on.
private final class DispatchGate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }
    func wait() { while !isOpen.withLock({ $0 }) { usleep(1_000) } }
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
        let isDone = Mutex(false)
        // Threads begin in the namespace of the one that made them, and this one goes into a new one first.
        let hasThread = DetachedThread.run {
            if PrivateNetwork.leaveTheNetwork() {
                let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
                made.withLock { $0 = (MultiThreadedEventLoopGroup(numberOfThreads: 1), descriptor) }
            }
            isDone.withLock { $0 = true }
        }
        while hasThread, !isDone.withLock({ $0 }) { usleep(500) }
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
