/// The keys of `belay proxy` on a terminal.
public enum LiveKey: Character, CaseIterable, Hashable, Sendable {
    case cut = "c"
    case reset = "r"
    case blackhole = "b"
    case delay = "d"
    case throttle = "t"
    case switchAddress = "s"
    case captivePortal = "p"
    case heal = "h"
    case help = "?"
    case quit = "q"

    /// The delays that the key cycles through; after the last one comes none.
    static let delays: [Duration] = [.milliseconds(50), .milliseconds(200), .milliseconds(1_000)]

    /// The fault of the key, given the present plan; `nil` for keys without one.
    public func fault(under plan: FaultPlan) -> Fault? {
        switch self {
        case .cut: .cut
        case .reset: .reset
        case .blackhole: .blackhole(.both)
        case .delay: .delay(LiveKey.delays.first { $0 > plan.latency } ?? .zero)
        case .throttle: .throttle(bytesPerSecond: 1_000)
        case .switchAddress: .switchAddress(nil)
        case .captivePortal: .captivePortal
        case .heal: .heal
        case .help, .quit: nil
        }
    }

    /// What the key does, for the help.
    public var summary: String {
        switch self {
        case .cut: "cut every connection"
        case .reset: "reset every connection"
        case .blackhole: "blackhole: no traffic gets through, and no close"
        case .delay: "delay each byte by 50, 200, 1000 ms, then not at all"
        case .throttle: "throttle to 1 kB a second"
        case .switchAddress: "switch the source address: 127.0.0.2, .3, and so on"
        case .captivePortal: "captive portal: new connections get a login page"
        case .heal: "heal: end every fault"
        case .help: "this help"
        case .quit: "quit"
        }
    }
}
