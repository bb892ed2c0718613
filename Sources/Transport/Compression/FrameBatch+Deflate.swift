import NIOCore

extension FrameBatch {
    /// Compresses the batch by itself, on any thread: a page of a replay takes milliseconds, which an event loop does not
    /// have.
    ///
    /// Its messages refer to one another and to nothing before them, so the compressor is made and freed here. The
    /// connection's own compressor forgets what it has sent when such a batch is written, and does not refer to anything
    /// before it either.
    ///
    /// - Parameter parameters: What was agreed on with the client that the batch is for.
    /// - Returns: The batch as it is when it is short, or when there is no memory.
    public func deflated(_ parameters: DeflateParameters) -> FrameBatch {
        guard !isDeflated, bytes.readableBytes >= Burst.bytesMinimum,
            let deflater = Deflater(windowBits: parameters.serverWindowBits ?? Deflater.windowBits)
        else { return self }
        var batch = deflated(by: deflater, keepsContext: parameters.serverKeepsContext)
        batch.isDeflated = true
        return batch
    }

    /// Compresses each message.
    ///
    /// - Parameters:
    ///   - deflater: The compressor, whose context they join.
    ///   - keepsContext: Whether a message may refer to earlier ones.
    func deflated(by deflater: Deflater, keepsContext: Bool) -> FrameBatch {
        var batch = FrameBatch(capacity: bytes.readableBytes / 8)
        forEachPayload { payload in
            if !keepsContext { deflater.reset() }
            batch.append(isDeflated: true) { deflater.deflate(payload, into: &$0) }
        }
        return batch
    }
}
