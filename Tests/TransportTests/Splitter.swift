import NIOCore
import Synchronization
import TestKit

/// A relay that hands a server's first bytes to its client in two reads: so many in the first, the rest in the second.
///
/// It lives on the loop of both sides. What is written on the loopback interface can be read at once, so a client on
/// the same loop has read the first part before the loop comes to the timer that writes the second.
final class Splitter: Sendable {
    private let relay: Relay
    private let passed: Passed

    private final class Passed: Sendable {
        let count = Mutex(0)
    }

    private init(_ relay: Relay, _ passed: Passed) {
        self.relay = relay
        self.passed = passed
    }

    /// Where it listens.
    var port: Int { relay.port }

    /// How many bytes went to the client.
    var bytesPassed: Int { passed.count.withLock { $0 } }

    /// Starts one.
    ///
    /// - Parameters:
    ///   - upstream: The port of the server.
    ///   - first: How many bytes are in the first read.
    ///   - total: How many bytes are waited for before anything is written; what comes behind them passes as it comes.
    static func start(upstream: Int, first: Int, total: Int, on loop: any EventLoop) async throws -> Splitter {
        let passed = Passed()
        let relay = try await Relay.start(
            upstream: upstream, on: loop,
            back: { client in
                Back(client, first: first, total: total) { count in passed.count.withLock { $0 += count } }
            })
        return Splitter(relay, passed)
    }

    func stop() async throws { try await relay.stop() }

    private final class Back: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let client: any Channel
        private let first: Int
        private let total: Int
        private let pass: @Sendable (Int) -> Void
        private var held = ByteBuffer()
        private var state = State.gathering

        private enum State { case gathering, split, passing }

        init(_ client: any Channel, first: Int, total: Int, pass: @escaping @Sendable (Int) -> Void) {
            self.client = client
            self.first = first
            self.total = total
            self.pass = pass
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            guard state != .passing else { return write(bytes) }
            held.writeImmutableBuffer(bytes)
            guard state == .gathering, held.readableBytes >= total else { return }
            state = .split
            if let head = held.readSlice(length: first), head.readableBytes > 0 { write(head) }
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(1)) { bound.value.writeRest() }
        }

        /// With what came since: the answer to a client that wrote at once may be here before the timer, and must not
        /// overtake what is held.
        private func writeRest() {
            state = .passing
            write(held)
        }

        func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }

        private func write(_ bytes: ByteBuffer) {
            pass(bytes.readableBytes)
            client.writeAndFlush(bytes, promise: nil)
        }
    }
}
