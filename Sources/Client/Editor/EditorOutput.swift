import NIOPosix
import Platform
public import Wire

/// What is on its way to an editor: in order, on a thread of its own, so that an editor that does not read holds up no
/// chat, and within a bound.
public final class EditorOutput: Sendable {
    /// The most bytes that wait for an editor.
    public static let bytesMaximum = 64 << 20

    private let bytesMaximum: Int
    private let write: @Sendable (String) -> Void
    private let overrun: @Sendable () -> Void
    private let waiting = Locked((bytes: 0, isOver: false))
    private let pool = NIOThreadPool(numberOfThreads: 1)

    /// Creates an output.
    ///
    /// - Parameters:
    ///   - bytesMaximum: The bound, in bytes.
    ///   - write: Writes a line with its end; may block.
    ///   - overrun: Called once when the bound is reached; from then on nothing more is taken. The journal has
    ///     everything, so that an editor that loads the session again misses nothing.
    public init(
        bytesMaximum: Int = bytesMaximum, write: @escaping @Sendable (String) -> Void,
        overrun: @escaping @Sendable () -> Void
    ) {
        self.bytesMaximum = bytesMaximum
        self.write = write
        self.overrun = overrun
        pool.start()
    }

    /// Sends a message behind those before it; returns at once.
    public func send(_ message: Message) {
        let line = message.json.text + "\n"
        let bytes = line.utf8.count
        let (isTaken, isFirst) = waiting.withLock { waiting in
            guard !waiting.isOver else { return (false, false) }
            // One message always fits, however long it is.
            if waiting.bytes > 0, waiting.bytes + bytes > bytesMaximum {
                waiting.isOver = true
                return (false, true)
            }
            waiting.bytes += bytes
            return (true, false)
        }
        if isFirst { overrun() }
        guard isTaken else { return }
        pool.submit { _ in
            self.write(line)
            self.waiting.withLock { $0.bytes -= bytes }
        }
    }

    /// Returns when everything that was taken is written.
    public func drain() async {
        await withCheckedContinuation { continuation in
            // Behind everything else, on the one thread that writes.
            pool.submit { _ in continuation.resume() }
        }
    }

    /// Writes everything that was taken, and ends the thread.
    public func finish() async {
        await drain()
        try? await pool.shutdownGracefully()
    }
}
