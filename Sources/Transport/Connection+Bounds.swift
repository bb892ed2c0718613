import NIOCore

extension Connection {
    /// Time-out for the peer's answer to our close frame.
    static let closeTimeout = TimeAmount.seconds(1)

    /// What is inflated at once, in bytes: then the messages are delivered, and the next frames wait. A compressed
    /// message can be a thousand times as long as what was read, and the owner is to decide how many of them it holds.
    static let bytesInflatedMaximum = 256 << 10

    /// The most messages that a server takes at once; then they are delivered, and the next frames wait as they were
    /// received until the owner reads on. One read can have some ten thousand messages, each of which is far larger when
    /// it is decoded, and is answered.
    static let messagesMaximum = 64

    /// The most JSON values in one message from a client.
    static let valuesMaximum = 1 << 16
}
