import Glibc
public import NIOCore

/// Who has connected: everybody, within what the process has descriptors for, and among them the strangers, who have not
/// shown yet that they may be here.
///
/// A stranger costs a descriptor and some memory and has promised nothing. An honest one is let in or sent away within a
/// few round trips, so when there are too many the one that has been a stranger for longest goes. One lobby serves all
/// addresses of a server; it is confined to their loop.
public final class Lobby {
    /// How many there may be.
    public struct Bounds: Hashable, Sendable {
        /// Connections of all kinds; with as many, nobody is accepted until one ends.
        public var connections: Int
        /// Strangers; one more ends the oldest.
        public var strangers: Int

        /// Bounds.
        public init(connections: Int, strangers: Int) {
            self.connections = connections
            self.strangers = strangers
        }

        /// What a number of descriptors allows: some are kept for those who are in, whose turns open files.
        ///
        /// - Parameter descriptors: How many descriptors the process may have (RLIMIT_NOFILE).
        public init(descriptors: Int) {
            let reserve = min(max(64, descriptors / 4), 512)
            connections = max(8, descriptors - reserve)
            strangers = max(4, min(4_096, connections / 2))
        }

        /// What this process may have.
        public static var system: Bounds {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return Bounds(descriptors: 1_024)
            }
            return Bounds(descriptors: Int(clamping: limit.rlim_cur))
        }
    }

    /// The bounds.
    public let bounds: Bounds
    /// How many are connected.
    private(set) var connected = 0
    /// Strangers by the order in which they came.
    private var strangers: [UInt64: any Channel] = [:]
    private var lastNumber: UInt64 = 0
    private var oldest: UInt64 = 1
    /// Doors that are shut because there is no room.
    private var shut: [@Sendable () -> Void] = []

    /// An empty lobby.
    public init(_ bounds: Bounds) { self.bounds = bounds }

    /// An empty lobby for a loop, made on any thread: nobody knows it yet.
    public static func bound(_ bounds: Bounds, to loop: any EventLoop) -> NIOLoopBoundBox<Lobby> {
        NIOLoopBoundBox.makeBoxSendingValue(Lobby(bounds), eventLoop: loop)
    }

    /// Whether somebody is kept outside for want of room.
    var isShut: Bool { !shut.isEmpty }

    /// How many strangers there are.
    var strangerCount: Int { strangers.count }

    /// Somebody connected.
    ///
    /// - Returns: The number under which it is a stranger, for ``known(_:)``.
    func came(_ channel: any Channel) -> UInt64 {
        connected += 1
        lastNumber += 1
        strangers[lastNumber] = channel
        if strangers.count > bounds.strangers { endOldestStranger() }
        return lastNumber
    }

    /// A stranger is none any more: it may be here, or it is gone.
    func known(_ number: UInt64) { strangers[number] = nil }

    /// A connection ended.
    func left(_ number: UInt64) {
        known(number)
        connected -= 1
        guard hasRoom else { return }
        let doors = shut
        shut = []
        for open in doors { open() }
    }

    /// How long a stranger has a place of a full house: time enough for one that knows what to say.
    static let grace = TimeAmount.seconds(1)

    /// Whether one more may be accepted.
    var hasRoom: Bool { connected < bounds.connections }

    /// Says what to do when there is room again.
    func whenRoom(_ open: @escaping @Sendable () -> Void) { shut.append(open) }

    /// Shows the one out that has been a stranger for longest, if there is one.
    func endOldestStranger() {
        while oldest <= lastNumber {
            defer { oldest += 1 }
            guard let channel = strangers.removeValue(forKey: oldest) else { continue }
            return channel.close(promise: nil)
        }
    }
}
