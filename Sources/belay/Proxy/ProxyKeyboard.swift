import Glibc

/// Reads keys from a terminal, or lines from anything else, on a thread of its own because read(2) blocks.
enum ProxyKeyboard {
    /// The longest line, in bytes; a longer one is split, and its pieces are no valid actions.
    private static let lineBytesMaximum = 1_024

    /// Starts reading.
    ///
    /// - Parameter take: Called on the reader's thread with each key or non-empty line. At the end of the input the
    ///   proxy goes on without keys.
    static func read(_ take: @escaping @Sendable (String) -> Void) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(take))
        pthread_create(
            &thread, nil,
            { @Sendable pointer in
                guard let pointer else { return nil }
                let take = Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().take
                isatty(STDIN_FILENO) == 1 ? ProxyKeyboard.keys(take) : ProxyKeyboard.lines(take)
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private static func keys(_ take: (String) -> Void) {
        while let byte = byte() {
            guard byte > 0x20, byte < 0x7F else { continue }
            take(String(UnicodeScalar(byte)))
        }
    }

    private static func lines(_ take: (String) -> Void) {
        var line: [UInt8] = []
        func end() {
            let text = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" || $0 == "\r" }
            if !text.isEmpty { take(text.joined(separator: " ")) }
            line = []
        }
        while let byte = byte() {
            if byte == UInt8(ascii: "\n") || line.count == lineBytesMaximum { end() } else { line.append(byte) }
        }
        end()
    }

    private static func byte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            guard count < 0, errno == EINTR else { return nil }
        }
    }

    private final class Box: Sendable {
        let take: @Sendable (String) -> Void
        init(_ take: @escaping @Sendable (String) -> Void) { self.take = take }
    }
}
