import Glibc
import NIOCore
import Platform

/// Counts all connections within the process's descriptors, and among them the strangers: connections that are not
/// authenticated yet.
///
/// A stranger costs a descriptor and some memory. An honest client is authenticated or refused within a few round
/// trips, so at the bound the oldest stranger is closed. One lobby serves all addresses and event loops of a server.
public final class Lobby: Sendable {
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

    fileprivate struct State {
        var connected = 0
        /// The strangers by number, which is the order of arrival.
        var strangers: [UInt64: any Channel] = [:]
        var numbers: [ObjectIdentifier: UInt64] = [:]
        var lastNumber: UInt64 = 0
        var oldest: UInt64 = 1
        /// Listeners that do not accept for want of room, as the closures that let them continue.
        var shut: [@Sendable () -> Void] = []
    }

    /// The bounds, fixed for the lifetime of the lobby.
    public let bounds: Bounds
    private let state = Locked(State())

    /// Creates an empty lobby.
    public init(_ bounds: Bounds) { self.bounds = bounds }

    /// The number of open connections.
    var connected: Int { state.withLock { $0.connected } }

    /// Whether a listener waits for room.
    var isShut: Bool { state.withLock { !$0.shut.isEmpty } }

    /// The number of strangers.
    var strangerCount: Int { state.withLock { $0.strangers.count } }

    /// Counts a new connection as a stranger until ``known(_:)`` or ``left(_:)``, closing the oldest one at the bound.
    func came(_ channel: any Channel) {
        let isCrowded = state.withLock { state in
            state.connected += 1
            state.lastNumber += 1
            state.strangers[state.lastNumber] = channel
            state.numbers[ObjectIdentifier(channel)] = state.lastNumber
            return state.strangers.count > bounds.strangers
        }
        if isCrowded { endOldestStranger() }
    }

    /// The connection is authenticated or refused: it is not a stranger any more.
    func known(_ channel: any Channel) { state.withLock { $0.name(channel) } }

    /// The connection ended; a listener that waits for room continues.
    func left(_ channel: any Channel) {
        let doors = state.withLock { state -> [@Sendable () -> Void] in
            state.name(channel)
            state.connected -= 1
            guard state.connected < bounds.connections else { return [] }
            defer { state.shut = [] }
            return state.shut
        }
        for open in doors { open() }
    }

    /// How long a stranger may stay in a full lobby: enough for the request of an honest client.
    static let grace = TimeAmount.seconds(1)

    /// Whether one more connection may be accepted.
    var hasRoom: Bool { state.withLock { $0.connected < bounds.connections } }

    /// Registers what a listener does when there is room again.
    ///
    /// - Parameter open: Called on the event loop of a connection that ends.
    /// - Returns: Whether it was registered; there may be room by now.
    func waitForRoom(_ open: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.connected >= bounds.connections else { return false }
            state.shut.append(open)
            return true
        }
    }

    /// Closes the oldest stranger, if there is one.
    func endOldestStranger() { state.withLock { $0.removeOldest() }?.close(promise: nil) }
}

extension Lobby.State {
    fileprivate mutating func name(_ channel: any Channel) {
        guard let number = numbers.removeValue(forKey: ObjectIdentifier(channel)) else { return }
        strangers[number] = nil
    }

    fileprivate mutating func removeOldest() -> (any Channel)? {
        while oldest <= lastNumber {
            defer { oldest += 1 }
            guard let channel = strangers.removeValue(forKey: oldest) else { continue }
            numbers[ObjectIdentifier(channel)] = nil
            return channel
        }
        return nil
    }
}
