public import NIOCore

/// Reports changes of this machine's network: links, addresses and routes.
///
/// It does not report what changed. Whether a change matters to a connection is looked up afterwards with
/// ``SourceAddress/toward(_:)``, and a needless report costs only that look-up.
///
/// The source is a netlink socket; where that is refused, the machine's addresses and routes are polled once a second.
///
/// It is confined to its event loop: all members are used there only, which every entry point asserts. That is why it
/// may be `@unchecked Sendable`.
public final class NetworkMonitor: @unchecked Sendable {
    /// The time between two polls where netlink is refused.
    public static let pollInterval = TimeAmount.seconds(1)
    /// The most sockets in a row that end without a message before polling replaces them.
    private static let endingsMaximum = 5

    private let loop: any EventLoop
    private let changed: @Sendable () -> Void
    private var debounce: Debounce
    private var channel: DescriptorChannel?
    private var report: Scheduled<Void>?
    private var polls: RepeatedTask?
    private var snapshot: NetworkSnapshot?
    private var endings = 0
    private var isListening = false
    /// How many netlink sockets were opened.
    private(set) var socketsOpened = 0
    /// How many times the machine's addresses and routes were polled.
    private(set) var looks = 0
    private var isStopped = false

    /// Starts watching.
    ///
    /// - Parameters:
    ///   - loop: The event loop to run on; the caller must be on it.
    ///   - debounce: The window of the ``Debounce``: how long after the first event of a burst it is reported.
    ///   - polls: Whether to poll even where netlink works, for tests.
    ///   - changed: Called on the event loop after each change.
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

    /// Whether it polls because netlink is refused.
    public var isPolling: Bool {
        loop.preconditionInEventLoop()
        return polls != nil
    }

    /// Stops watching: `changed` is not called any more.
    public func stop() {
        loop.preconditionInEventLoop()
        isStopped = true
        report?.cancel()
        report = nil
        polls?.cancel()
        polls = nil
        channel?.close()
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
        // The new socket is opened before the report, so that a change in between is not missed.
        if !isListening, polls == nil { listen() }
        changed()
    }

    private func listen() {
        guard endings < NetworkMonitor.endingsMaximum, let descriptor = NetlinkSocket.open() else { return poll() }
        isListening = true
        socketsOpened += 1
        channel = DescriptorChannel.open(descriptor, on: loop, readBytes: NetlinkDecoder.datagramBytesMaximum) {
            NetlinkHandler(changed: { self.heard($0) }, ended: { self.ended() })
        } failed: {
            self.isListening = false
            if !self.isStopped { self.poll() }
        }
    }

    private func heard(_ changes: [NetworkChange]) {
        guard !changes.isEmpty else { return }
        endings = 0
        happened()
    }

    /// The socket overflowed or failed. What it would have reported is unknown, so this counts as a change.
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
        looks += 1
        let now = NetworkSnapshot.now()
        guard now != snapshot else { return }
        snapshot = now
        happened()
    }
}
