import NIOCore

/// Deflates the messages of one side of a connection (RFC 7692 §7.2.1), those that are worth it. It is confined to the
/// connection's event loop.
final class MessageDeflater {
    private enum State {
        /// A client's messages are compressed one by one, when they are long.
        case singly
        /// A server's messages are compressed together, with one compressor, while a burst lasts.
        case bursts(Burst, Deflater?)
        /// The connection has ended.
        case ended
    }

    /// The shortest message that a client compresses, in bytes: shorter ones fit one segment of TCP as they are.
    static let bytesMinimum = 1 << 10

    private let parameters: DeflateParameters
    private let eventLoop: any EventLoop
    private let compressors: Compressors
    private var state: State
    private var check: Scheduled<Void>?

    /// Begins with a connection.
    ///
    /// - Parameters:
    ///   - parameters: What both sides have agreed on.
    ///   - role: This side.
    ///   - eventLoop: The connection's event loop, whose clock tells when a burst is over.
    ///   - compressors: What counts a server's compressors.
    init(
        _ parameters: DeflateParameters, role: Connection.Role, eventLoop: any EventLoop, compressors: Compressors
    ) {
        self.parameters = parameters
        self.eventLoop = eventLoop
        self.compressors = compressors
        switch role {
        case .client: state = .singly
        case .server: state = .bursts(Burst(), nil)
        }
    }

    /// Compresses the message that is sent next.
    ///
    /// - Returns: The payload of the compressed message; `nil` when the message is to be sent as it is.
    func deflate(_ message: ByteBuffer) -> ByteBuffer? {
        switch state {
        case .singly:
            guard message.readableBytes >= MessageDeflater.bytesMinimum, let deflater = Deflater() else { return nil }
            let deflated = deflater.deflate(message)
            return deflated.readableBytes < message.readableBytes ? deflated : nil
        case .bursts:
            guard let deflater = deflater(for: message.readableBytes) else { return nil }
            if !parameters.serverKeepsContext { deflater.reset() }
            // Also when it has not become shorter, since later messages refer to it.
            return deflater.deflate(message)
        case .ended: return nil
        }
    }

    /// Compresses the batch that is sent next.
    ///
    /// - Returns: The batch as it is to be sent: unchanged outside of a burst.
    func deflate(_ batch: FrameBatch) -> FrameBatch {
        guard !batch.isDeflated else {
            // The client's window has the batch now: the distances to what was sent before are others.
            if case .bursts(_, let deflater) = state { deflater?.reset() }
            return batch
        }
        guard let deflater = deflater(for: batch.bytes.readableBytes) else { return batch }
        return batch.deflated(by: deflater, keepsContext: parameters.serverKeepsContext)
    }

    /// The compressor for the next bytes; `nil` when they are sent as they are.
    private func deflater(for bytes: Int) -> Deflater? {
        guard case .bursts(var burst, let present) = state else { return nil }
        let isInBurst = burst.takes(bytes, at: eventLoop.now)
        let deflater = isInBurst ? present ?? makeDeflater() : nil
        state = .bursts(burst, deflater ?? present)
        if deflater != nil, check == nil { scheduleCheck(at: eventLoop.now + Burst.pause) }
        return deflater
    }

    /// A compressor that refers to nothing that was sent before. The client keeps its window all the same: it may be
    /// referred to, and need not be (RFC 7692 §7.1.1.1), so both sides stay in step.
    private func makeDeflater() -> Deflater? {
        guard let place = compressors.take() else { return nil }
        return Deflater(windowBits: parameters.serverWindowBits ?? Deflater.windowBits, place: place)
    }

    private func scheduleCheck(at deadline: NIODeadline) {
        check = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.checkBurst() }
    }

    /// Frees the compressor when the burst is over. A task looks again from time to time, so that messages do not have
    /// to move a timer.
    private func checkBurst() {
        check = nil
        guard case .bursts(var burst, let deflater) = state else { return }
        if let next = burst.check(at: eventLoop.now) {
            state = .bursts(burst, deflater)
            scheduleCheck(at: next)
        } else {
            state = .bursts(burst, nil)
        }
    }

    /// The connection has ended: frees the compressor.
    func end() {
        check?.cancel()
        check = nil
        state = .ended
    }
}
