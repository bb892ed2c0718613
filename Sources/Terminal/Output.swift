import Glibc

/// Bytes on their way to the terminal. Writing never waits.
///
/// A terminal may stop taking bytes: the user pressed ^S in a multiplexer, or the network behind ssh is gone. A write
/// that waits for it would hold the main thread, which could then not even be told to end. So what is not taken stays
/// here, and the loop goes on with it when there is room.
struct Output {
    private let descriptor: Int32
    private var pending: ArraySlice<UInt8> = []
    /// How many bytes the terminal has taken.
    private(set) var bytesWritten = 0

    /// Output to a descriptor that does not wait.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// How many bytes the terminal has not taken yet.
    var bytesPending: Int { pending.count }

    /// Whether the terminal has taken everything.
    var isDrained: Bool { pending.isEmpty }

    /// Writes bytes behind those that wait, as far as the terminal takes them.
    mutating func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        pending += bytes
        drain()
    }

    /// Goes on with what waits.
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
                // The terminal is gone. Reading says so too, and that is where it is dealt with.
                pending = []
            }
        }
        pending = []
    }

    /// Writes the last bytes. What waits before them, and they, get so long; then what waits is thrown away, also by
    /// the system, and they are tried once more.
    mutating func finish(with bytes: [UInt8], within patience: Duration) {
        write(bytes)
        let deadline = ContinuousClock.now + patience
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
