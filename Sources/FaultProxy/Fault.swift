/// One thing that a proxy can be told to do to its connections.
public enum Fault: Hashable, Sendable {
    /// Close both sides of every connection now.
    case cut
    /// Reset both sides of every connection now.
    case reset
    /// Let nothing through any more, that way, and say nothing about it.
    case blackhole(FaultPlan.Direction)
    /// Deliver each byte that much later, each way; zero is at once.
    case delay(Duration)
    /// Let so many bytes pass in a second, each way.
    case throttle(bytesPerSecond: Int)
    /// Cut what is open, and close new connections at once.
    case refuse
    /// Cut what is open, and answer new connections with a login page.
    case captivePortal
    /// Cut what is open, and dial the upstream from another address; from the next one of 127.0.0.0/8 when `nil`.
    case switchAddress(String?)
    /// Cut each connection when so many more bytes have gone to its client.
    case cutAfter(bytesToClient: Int)
    /// End every fault; what a blackhole held back arrives. The source address stays.
    case heal
}

/// What a proxy cannot do, in one sentence: what happened, and what to do.
public enum FaultProxyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The address cannot be listened on.
    case cannotListen(address: String, reason: String)
    /// The server is not on this machine's loopback, so no other address of it leads there.
    case noOtherAddress(upstream: String)

    /// The sentence.
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
