/// How a connection through the proxy misbehaves.
public struct FaultPlan: Hashable, Sendable {
    /// What becomes of a new connection.
    public enum Admission: Hashable, Sendable {
        /// It is led to the upstream.
        case forward
        /// It is accepted and closed at once, as by a balancer whose servers are gone.
        case refuse
        /// Its first bytes are answered with a login page, as in a hotel.
        case captivePortal
    }

    /// Which way bytes go, as far as a fault is concerned.
    public enum Direction: String, CaseIterable, Hashable, Sendable {
        case toClient, toServer, both

        /// The direction as it is said.
        public var words: String {
            switch self {
            case .toClient: "towards the client"
            case .toServer: "towards the server"
            case .both: "both ways"
            }
        }
    }

    /// What becomes of new connections; those that are open stay as they are.
    public var admission = Admission.forward
    /// Where nothing gets through any more: neither bytes nor the news that a side has closed.
    public var blackhole: Direction?
    /// How much later each byte arrives, each way.
    public var latency = Duration.zero
    /// How many bytes pass in a second, each way; without bound when `nil`.
    public var bytesPerSecond: Int?
    /// After how many more bytes to the client each connection is cut; never when `nil`.
    public var bytesToClientMaximum: Int?
    /// Whether only the first connection that gets as far as ``bytesToClientMaximum`` is cut there.
    public var cutsOnce = false
    /// The address from which the upstream is dialled, such as `127.0.0.2`; the system's choice when `nil`.
    public var sourceAddress: String?

    /// A plan without faults.
    public init() {}

    /// A plan without faults, except as the closure says.
    public init(_ change: (inout FaultPlan) -> Void) { change(&self) }

    /// The plan in a few words, for a status line; `nothing is wrong` without faults. The source address is not in it.
    public var summary: String {
        var words: [String] = []
        switch admission {
        case .forward: break
        case .refuse: words.append("refuses")
        case .captivePortal: words.append("captive portal")
        }
        if let blackhole { words.append("blackhole \(blackhole.words)") }
        if latency > .zero { words.append("\(FaultTime.text(latency)) later") }
        if let bytesPerSecond { words.append("\(ByteCount.text(bytesPerSecond))/s") }
        if let bytesToClientMaximum { words.append("cut after \(bytesToClientMaximum) bytes") }
        return words.isEmpty ? "nothing is wrong" : words.joined(separator: ", ")
    }

    func isBlackhole(towards direction: Direction) -> Bool { blackhole == .both || blackhole == direction }
}
