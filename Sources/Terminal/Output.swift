import Glibc

/// The output buffer of the terminal. Writing never blocks.
///
/// A terminal may stop accepting bytes: the user pressed ^S in a multiplexer, or the network below ssh is down. A
/// blocking write would hold the main thread, which could then not even be terminated. So bytes that are not accepted
/// stay in the buffer, and the loop writes them when the descriptor is writable.
struct Output {
    private let descriptor: Int32
    private var pending: ArraySlice<UInt8> = []
    /// How many bytes the terminal has accepted.
    private(set) var bytesWritten = 0

    /// Creates a buffer for a non-blocking descriptor.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// How many bytes are in the buffer.
    var bytesPending: Int { pending.count }

    /// Whether the buffer is empty.
    var isDrained: Bool { pending.isEmpty }

    /// Appends bytes to the buffer, and writes as much as the terminal accepts.
    mutating func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        pending += bytes
        drain()
    }

    /// Writes as much of the buffer as the terminal accepts.
    mutating func drain() {
        while !pending.isEmpty {
            let count = pending.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                pending = pending.dropFirst(count)
                bytesWritten += count
            } else if count < 0 && errno == EINTR {
                continue
            } else if count < 0 && errno == EAGAIN {
                return
            } else {
                // The terminal was closed. Reading reports that too, and it is handled there.
                pending = []
            }
        }
        pending = []
    }

    /// Writes the last bytes, which restore the terminal, within a time-out. Then the buffer and the kernel's queue are
    /// discarded, and the last bytes are tried once more.
    mutating func finish(with bytes: [UInt8], within timeout: Duration) {
        write(bytes)
        let deadline = ContinuousClock.now + timeout
        while !isDrained {
            let left = deadline - .now
            guard left > .zero else {
                pending = []
                tcflush(descriptor, TCOFLUSH)
                write(bytes)
                pending = []
                return
            }
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&room, 1, left.millisecondsRoundedUp)
            drain()
        }
    }
}
