import Sync
import Wire

/// The way to the server: the network interface and this machine's address on it.
public struct NetworkPath: Hashable, Sendable {
    /// The interface, such as `wlan0`; empty when it is not known.
    public var interface: String
    /// This machine's address.
    public var address: String

    /// Creates a path.
    public init(interface: String, address: String) {
        self.interface = interface
        self.address = address
    }

    /// The interface, or the address where two have the same interface or none is known.
    func name(besides other: NetworkPath?) -> String {
        interface.isEmpty || other?.interface == interface ? address : interface
    }
}

/// What is known of the connection over time: resumes, round trips, and changes of the path.
struct NetworkLog: Hashable, Sendable {
    /// A resume, and when it was complete.
    struct Resume: Hashable, Sendable {
        var measured: ConnectionStatus.Resume
        /// When the client was live again, by the wall clock.
        var at: Timestamp
        /// The same by the monotonic clock, for the time until it was on the screen.
        var liveAt: Instant
        /// From then until it was on the screen; `nil` until it was painted.
        var paint: Duration?
    }

    /// A change of the path to the server.
    struct Change: Hashable, Sendable {
        var from: NetworkPath?
        var to: NetworkPath
        var at: Timestamp
    }

    /// How many resumes and round trips are kept.
    static let kept = 32

    /// The resumes, oldest first.
    private(set) var resumes: [Resume] = []
    /// The round-trip times as they changed, oldest first.
    private(set) var roundTrips: [Duration] = []
    /// The last change of the path; `nil` while there was none.
    private(set) var change: Change?
    private(set) var path: NetworkPath?
    /// Since when the client is live, by the wall clock; `nil` while it is not.
    private(set) var liveSince: Timestamp?
    /// Whether the last resume was not on the screen yet.
    var awaitsPaint: Bool { resumes.last.map { $0.paint == nil } ?? false }

    mutating func take(_ status: ConnectionStatus, after last: ConnectionStatus, now: Instant, wallClock: Timestamp) {
        for resume in status.resumes where resume.number > last.resumes.last?.number ?? 0 {
            resumes = resumes.suffix(NetworkLog.kept - 1) + [Resume(measured: resume, at: wallClock, liveAt: now)]
        }
        if let roundTrip = status.roundTrip, roundTrip != last.roundTrip {
            roundTrips = roundTrips.suffix(NetworkLog.kept - 1) + [roundTrip]
        }
        liveSince = status.state == .live ? liveSince ?? wallClock : nil
    }

    mutating func take(_ path: NetworkPath, at timestamp: Timestamp) {
        let clean = NetworkPath(interface: path.interface.label, address: path.address.label)
        guard clean != self.path else { return }
        if self.path != nil { change = Change(from: self.path, to: clean, at: timestamp) }
        self.path = clean
    }

    mutating func painted(at now: Instant) {
        guard awaitsPaint, let last = resumes.indices.last else { return }
        resumes[last].paint = max(.zero, now - resumes[last].liveAt)
    }

    /// The latency that this share of the resumes did not exceed; `nil` before the first.
    func percentile(_ share: Double) -> Duration? {
        let sorted = resumes.map(\.measured.latency).sorted()
        guard !sorted.isEmpty else { return nil }
        return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
    }
}

extension ConnectionStatus.Resume {
    /// Where the time from the loss until live went, in the order in which it was spent; parts that took none are left
    /// out.
    func parts(paint: Duration?) -> [(name: String, took: Duration)] {
        let dial = max(.zero, opening - upgrade)
        let all: [(String, Duration)] = [
            ("detect", detection), ("wait", max(.zero, offline - latency)), ("dial", dial), ("upgrade", upgrade),
            ("replay", max(.zero, latency - opening)), ("paint", paint ?? .zero),
        ]
        return all.filter { $0.1 > .zero }
    }
}
