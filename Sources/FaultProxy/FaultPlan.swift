/// The present misbehaviour of a proxy: what happens to new and open connections.
public struct FaultPlan: Hashable, Sendable {
    /// What happens to a new connection.
    public enum Admission: Hashable, Sendable {
        /// It is connected to the upstream.
        case forward
        /// It is accepted and closed at once, as by a load balancer without back ends.
        case refuse
        /// Its first bytes are answered with a login page.
        case captivePortal
    }

    /// The direction of traffic that a fault affects.
    public enum Direction: String, CaseIterable, Hashable, Sendable {
        case toClient, toServer, both

        /// The direction in words, for a status line.
        public var words: String {
            switch self {
            case .toClient: "towards the client"
            case .toServer: "towards the server"
            case .both: "both ways"
            }
        }
    }

    /// What happens to new connections; open ones are not affected.
    public var admission = Admission.forward
    /// The direction in which no bytes and no close get through; `nil` for none.
    public var blackhole: Direction?
    /// The delay of each byte, in each direction.
    public var latency = Duration.zero
    /// The rate limit in each direction; `nil` for none.
    public var bytesPerSecond: Int?
    /// After how many more bytes to its client each connection is cut; `nil` for never.
    public var bytesToClientMaximum: Int?
    /// Whether only the first connection that reaches ``bytesToClientMaximum`` is cut.
    public var cutsOnce = false
    /// The address from which the upstream is dialled, such as `127.0.0.2`; the system's choice when `nil`.
    public var sourceAddress: String?

    /// Creates a plan without faults.
    public init() {}

    /// Creates a plan without faults, and lets the closure change it.
    public init(_ change: (inout FaultPlan) -> Void) { change(&self) }

    /// The plan in a few words for a status line; `nothing is wrong` without faults. The source address is not part of
    /// it.
    public var summary: String {
        var words: [String] = []
        switch admission {
        case .forward: break
        case .refuse: words.append("refuses")
        case .captivePortal: words.append("captive portal")
        }
        if let blackhole { words.append("blackhole \(blackhole.words)") }
        if latency > .zero { words.append("\(FaultTime.text(latency)) delay") }
        if let bytesPerSecond { words.append("\(ByteCount.text(bytesPerSecond))/s") }
        if let bytesToClientMaximum { words.append("cut after \(bytesToClientMaximum) bytes") }
        return words.isEmpty ? "nothing is wrong" : words.joined(separator: ", ")
    }

    func isBlackhole(towards direction: Direction) -> Bool { blackhole == .both || blackhole == direction }
}
