package import NIOCore

/// Inflates the messages of one peer, fragment by fragment, within a bound for each message (RFC 7692 §7.2.2).
///
/// The first one makes the decompressor. It stays until the connection ends when messages may refer to earlier ones, and
/// otherwise until the end of the message.
package struct MessageInflater: ~Copyable {
    private let windowBits: Int
    private let keepsContext: Bool
    private var inflater: Inflater?
    /// How long the present message is so far.
    private var bytes = 0

    /// - Parameters:
    ///   - windowBits: The compressor's largest window, as a power of two, 8 to 15.
    ///   - keepsContext: Whether a message may refer to earlier ones.
    package init(windowBits: Int = 15, keepsContext: Bool) {
        self.windowBits = windowBits
        self.keepsContext = keepsContext
    }

    /// Whether there is a decompressor now.
    var isHolding: Bool { inflater != nil }

    /// Inflates the next fragment of a compressed message.
    ///
    /// - Parameters:
    ///   - fragment: Its payload.
    ///   - isLast: Whether the message ends with it.
    ///   - maximum: The longest message, in bytes.
    /// - Returns: The next part of the message.
    /// - Throws: `Inflater.Failure`, after which the peer's messages cannot be read any more.
    package mutating func inflate(
        _ fragment: ByteBuffer, isLast: Bool, atMost maximum: Int
    ) throws(Inflater.Failure) -> ByteBuffer {
        // Without memory for it, the message is as unreadable as a wrong one: the peer comes back later.
        guard let inflater = inflater ?? Inflater(windowBits: windowBits) else { throw .corrupt }
        self.inflater = inflater
        let part = try inflater.inflate(fragment, atMost: maximum - bytes)
        bytes += part.readableBytes
        guard isLast else { return part }
        try inflater.endMessage()
        bytes = 0
        if !keepsContext { self.inflater = nil }
        return part
    }

    /// Frees the decompressor; nothing can be inflated any more that refers to earlier messages.
    package mutating func end() { inflater = nil }
}
