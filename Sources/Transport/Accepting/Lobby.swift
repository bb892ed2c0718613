import Glibc
public import NIOCore

/// Counts all connections within the process's descriptors, and among them the strangers: connections that are not
/// authenticated yet.
///
/// A stranger costs a descriptor and some memory. An honest client is authenticated or refused within a few round
/// trips, so at the bound the oldest stranger is closed. One lobby serves all addresses of a server and is confined to
/// their event loop.
public final class Lobby {
    /// The bounds of a lobby.
    public struct Bounds: Hashable, Sendable {
        /// The most connections of all kinds; at the bound, none is accepted until one ends.
        public var connections: Int
        /// The most strangers; one more closes the oldest.
        public var strangers: Int

        /// Creates bounds from explicit numbers.
        public init(connections: Int, strangers: Int) {
            self.connections = connections
            self.strangers = strangers
        }

        /// Derives bounds from a number of descriptors: a part is reserved for files that the turns of connected users
        /// open.
        ///
        /// - Parameter descriptors: The process's limit of descriptors (RLIMIT_NOFILE).
        public init(descriptors: Int) {
            let reserve = min(max(64, descriptors / 4), 512)
            connections = max(8, descriptors - reserve)
            strangers = max(4, min(4_096, connections / 2))
        }

        /// The bounds for this process's own limit.
        public static var system: Bounds {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return Bounds(descriptors: 1_024)
            }
            return Bounds(descriptors: Int(clamping: limit.rlim_cur))
        }
    }

    /// The bounds, fixed for the lifetime of the lobby.
    public let bounds: Bounds
    /// The number of open connections.
    private(set) var connected = 0
    /// The strangers by number, which is the order of arrival.
    private var strangers: [UInt64: any Channel] = [:]
    private var lastNumber: UInt64 = 0
    private var oldest: UInt64 = 1
    /// Listeners that do not accept for want of room, as the closures that let them continue.
    private var shut: [@Sendable () -> Void] = []

    /// Creates an empty lobby.
    public init(_ bounds: Bounds) { self.bounds = bounds }

    /// Creates an empty lobby for an event loop, from any thread: it is not shared yet.
    public static func bound(_ bounds: Bounds, to loop: any EventLoop) -> NIOLoopBoundBox<Lobby> {
        NIOLoopBoundBox.makeBoxSendingValue(Lobby(bounds), eventLoop: loop)
    }

    /// Whether a listener waits for room.
    var isShut: Bool { !shut.isEmpty }

    /// The number of strangers.
    var strangerCount: Int { strangers.count }

    /// Counts a new connection as a stranger, closing the oldest one at the bound.
    ///
    /// - Returns: The number of the stranger, for ``known(_:)``.
    func came(_ channel: any Channel) -> UInt64 {
        connected += 1
        lastNumber += 1
        strangers[lastNumber] = channel
        if strangers.count > bounds.strangers { endOldestStranger() }
        return lastNumber
    }

    /// The connection is authenticated, or gone: it is not a stranger any more.
    func known(_ number: UInt64) { strangers[number] = nil }

    /// The connection ended; a listener that waits for room continues.
    func left(_ number: UInt64) {
        known(number)
        connected -= 1
        guard hasRoom else { return }
        let doors = shut
        shut = []
        for open in doors { open() }
    }

    /// How long a stranger may stay in a full lobby: enough for the request of an honest client.
    static let grace = TimeAmount.seconds(1)

    /// Whether one more connection may be accepted.
    var hasRoom: Bool { connected < bounds.connections }

    /// Registers what a listener does when there is room again.
    func whenRoom(_ open: @escaping @Sendable () -> Void) { shut.append(open) }

    /// Closes the oldest stranger, if there is one.
    func endOldestStranger() {
        while oldest <= lastNumber {
            defer { oldest += 1 }
            guard let channel = strangers.removeValue(forKey: oldest) else { continue }
            return channel.close(promise: nil)
        }
    }
}
