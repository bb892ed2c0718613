/// A fault that a proxy can apply to its connections.
public enum Fault: Hashable, Sendable {
    /// Close both sides of every connection.
    case cut
    /// Reset both sides of every connection (RST).
    case reset
    /// Drop all traffic in this direction silently: no bytes, and no close.
    case blackhole(FaultPlan.Direction)
    /// Delay each byte by this time in each direction; zero ends the delay.
    case delay(Duration)
    /// Limit the rate in each direction.
    case throttle(bytesPerSecond: Int)
    /// Cut open connections, and close new ones at once.
    case refuse
    /// Cut open connections, and answer new ones with a login page.
    case captivePortal
    /// Cut open connections, and connect to the upstream from another address; `nil` is the next one of 127.0.0.0/8.
    case switchAddress(String?)
    /// Cut each connection after this many more bytes to its client.
    case cutAfter(bytesToClient: Int)
    /// End every fault; traffic that a blackhole held back is delivered. The source address stays.
    case heal
}

/// An error of the proxy in one sentence: what happened, and what to do.
public enum FaultProxyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Listening on the address failed.
    case cannotListen(address: String, reason: String)
    /// The server is not on this machine's loopback interface, so it cannot be reached from another loopback address.
    case noOtherAddress(upstream: String)

    /// The error as one sentence, for the user.
    public var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "cannot listen on \(address) (\(reason)): choose another address, or port 0 for any that is free"
        case .noOtherAddress(let upstream):
            "\(upstream) is not a TCP address of this machine, so there is no other address to reach it from: name one"
                + " in a plan (switch ADDRESS), or cut instead"
        }
    }
}
