/// Applying faults as values, as keys and plan files need it.
extension FaultProxy {
    /// Applies a fault, and returns a description of what was done.
    ///
    /// - Throws: ``FaultProxyError/noOtherAddress(upstream:)``; then nothing was changed.
    @discardableResult
    public func perform(_ fault: Fault) async throws(FaultProxyError) -> String {
        switch fault {
        case .cut:
            let count = await openConnections
            await cut()
            return "cut \(FaultProxy.connections(count))"
        case .reset:
            let count = await openConnections
            await reset()
            return "reset \(FaultProxy.connections(count))"
        case .blackhole(let direction):
            await blackhole(direction)
            return "blackhole \(direction.words)"
        case .delay(let latency):
            await delay(latency)
            return latency > .zero ? "each byte is delayed by \(FaultTime.text(latency)), each way" : "no delay"
        case .throttle(let rate):
            await throttle(bytesPerSecond: rate)
            return "at most \(ByteCount.text(rate)) a second, each way"
        case .refuse:
            await refuse()
            await cut()
            return "new connections are closed at once"
        case .captivePortal:
            await captivePortal()
            await cut()
            return "new connections get the login page of a captive portal"
        case .cutAfter(let count):
            await cut(afterBytesToClient: count)
            return "each connection is cut after \(count) bytes to its client"
        case .switchAddress(let address):
            let next: String
            if let address { next = address } else { next = try await nextAddress() }
            await bind(to: next)
            await cut()
            return "new connections come from \(next)"
        case .heal:
            await heal()
            return "healed"
        }
    }

    private func nextAddress() async throws(FaultProxyError) -> String {
        guard upstream.isOnLoopback else { throw .noOtherAddress(upstream: upstream.description) }
        return FaultProxy.address(after: await plan.sourceAddress)
    }

    /// The loopback address after another: 127.0.0.2 after the default one; after 127.0.0.254 it starts again.
    static func address(after address: String?) -> String {
        let last = address.flatMap { $0.hasPrefix("127.0.0.") ? Int($0.dropFirst("127.0.0.".count)) : nil } ?? 1
        return "127.0.0.\(last >= 254 ? 1 : last + 1)"
    }

    private static func connections(_ count: Int) -> String { count == 1 ? "1 connection" : "\(count) connections" }
}
