import Glibc
public import NIOCore
import NIOPosix

/// Says that the network of this machine changed: a link, an address or a route came or went.
///
/// What changed is not said. Whether it matters to a connection is asked of the kernel afterwards, with
/// ``SourceAddress/toward(_:)``, and a report that was made for nothing costs no more than that question.
///
/// The kernel tells by a netlink socket. Where that is refused, the machine's addresses and routes are looked at once a
/// second.
///
/// It is confined to its event loop: every member is touched there and nowhere else, which each entry asserts. That is
/// why it may be handed around as Sendable.
public final class NetworkMonitor: @unchecked Sendable {
    /// Between two looks where netlink is refused.
    public static let pollInterval = TimeAmount.seconds(1)
    /// The most sockets in a row that end without having told anything, before the looks take over.
    private static let endingsMaximum = 5

    private let loop: any EventLoop
    private let changed: @Sendable () -> Void
    private var debounce: Debounce
    private var channel: (any Channel)?
    private var report: Scheduled<Void>?
    private var polls: RepeatedTask?
    private var snapshot: NetworkSnapshot?
    private var endings = 0
    private var isListening = false
    /// How many sockets there were.
    private(set) var socketsOpened = 0
    private var isStopped = false

    /// Begins to watch.
    ///
    /// - Parameters:
    ///   - loop: The loop that everything happens on; this is called there.
    ///   - debounce: How long after the first event of a burst the burst is reported.
    ///   - polls: Whether to look even where netlink is there.
    ///   - changed: Told on the loop that something changed.
    public static func start(
        on loop: any EventLoop, debounce: TimeAmount = .milliseconds(80), polls: Bool = false,
        changed: @escaping @Sendable () -> Void
    ) -> NetworkMonitor {
        loop.preconditionInEventLoop()
        let monitor = NetworkMonitor(loop: loop, debounce: Debounce(window: debounce), changed: changed)
        if polls { monitor.poll() } else { monitor.listen() }
        return monitor
    }

    private init(loop: any EventLoop, debounce: Debounce, changed: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.debounce = debounce
        self.changed = changed
    }

    /// Whether it looks once a second, because the kernel does not tell.
    public var isPolling: Bool {
        loop.preconditionInEventLoop()
        return polls != nil
    }

    /// Ends: nothing is reported from here on.
    public func stop() {
        loop.preconditionInEventLoop()
        isStopped = true
        report?.cancel()
        report = nil
        polls?.cancel()
        polls = nil
        channel?.close(promise: nil)
        channel = nil
    }

    private func happened() {
        guard !isStopped, let deadline = debounce.happened(at: .now()) else { return }
        report = loop.scheduleTask(deadline: deadline) { self.tell() }
    }

    private func tell() {
        report = nil
        debounce.reported()
        guard !isStopped else { return }
        // The socket comes before the report: what happens while nobody listens is then a part of it.
        if !isListening, polls == nil { listen() }
        changed()
    }

    private func listen() {
        guard endings < NetworkMonitor.endingsMaximum, let descriptor = NetlinkSocket.open() else { return poll() }
        isListening = true
        socketsOpened += 1
        NIOPipeBootstrap(group: loop)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: NetlinkDecoder.datagramBytesMaximum)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NetlinkHandler(changed: { self.heard($0) }, ended: { self.ended() }))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    if self.isStopped { channel.close(promise: nil) } else { self.channel = channel }
                case .failure:
                    close(descriptor)
                    self.isListening = false
                    if !self.isStopped { self.poll() }
                }
            }
    }

    private func heard(_ changes: [NetworkChange]) {
        guard !changes.isEmpty else { return }
        endings = 0
        happened()
    }

    /// The socket overflowed or broke. What it would have said is not known, so it is a change.
    private func ended() {
        channel = nil
        isListening = false
        endings += 1
        happened()
    }

    private func poll() {
        snapshot = .now()
        polls = loop.scheduleRepeatedTask(
            initialDelay: NetworkMonitor.pollInterval, delay: NetworkMonitor.pollInterval
        ) { [weak self] _ in
            self?.look()
        }
    }

    private func look() {
        let now = NetworkSnapshot.now()
        guard now != snapshot else { return }
        snapshot = now
        happened()
    }
}
