import Glibc

/// Writing to descriptors that may be slow. ``line(_:to:)`` is how text reaches a person: whatever a server, an agent or
/// a network put into it, a terminal shows it and does not obey it.
public enum Output {
    /// Writes text as one line, without control characters, escape sequences and marks that mislead.
    ///
    /// - Returns: Whether all of it was written.
    @discardableResult
    public static func line(_ text: String, to descriptor: Int32) -> Bool {
        verbatim(Printable.line(text) + "\n", to: descriptor)
    }

    /// Writes text as it is: what was cleaned already and has sequences of our own in it, and what is meant for programs.
    ///
    /// - Returns: Whether all of it was written.
    @discardableResult
    public static func verbatim(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { write($0, to: descriptor) }
    }

    /// Writes all of it, however slowly it is read.
    ///
    /// - Returns: Whether it was; if not, `errno` says why.
    public static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                descriptor,
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[rest.startIndex...]).baseAddress,
                rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
