import NIOCore

/// A change of the network that the kernel reported.
enum NetworkChange: Hashable, Sendable {
    /// An interface was added, removed or changed (RTM_NEWLINK, RTM_DELLINK).
    case link
    /// An address was added or removed (RTM_NEWADDR, RTM_DELADDR).
    case address
    /// A route was added or removed (RTM_NEWROUTE, RTM_DELROUTE).
    case route
    /// A message was lost or malformed: anything may have changed.
    case unknown
}

/// Decodes the datagrams of a netlink route socket (netlink(7), rtnetlink(7)): messages with a header and a body, of
/// which only the header matters here.
struct NetlinkDecoder {
    /// The longest datagram, in bytes. The kernel's have at most a quarter of it, so a longer length is invalid.
    static let datagramBytesMaximum = 32 << 10

    private static let headerBytes = 16
    private var waiting = ByteBuffer()
    private var padding = 0
    private var isBroken = false

    /// Decodes bytes of a datagram, in pieces of any size.
    ///
    /// - Returns: The changes of the messages that are complete now, in order.
    mutating func feed(_ bytes: ByteBuffer) -> [NetworkChange] {
        guard !isBroken else { return [] }
        waiting.writeImmutableBuffer(bytes)
        var changes: [NetworkChange] = []
        while let (length, type) = header() {
            guard (NetlinkDecoder.headerBytes...NetlinkDecoder.datagramBytesMaximum).contains(length) else {
                // After an invalid length the start of the next message is unknown.
                isBroken = true
                waiting.clear()
                return changes + [.unknown]
            }
            guard waiting.readableBytes >= length else { break }
            waiting.moveReaderIndex(forwardBy: length)
            padding = -length & 3
            if let change = NetlinkDecoder.change(type) { changes.append(change) }
        }
        waiting.discardReadBytes()
        return changes
    }

    /// The datagram has ended; the next bytes belong to another one.
    ///
    /// - Returns: `.unknown` when a message was truncated.
    mutating func endDatagram() -> NetworkChange? {
        let isCut = waiting.readableBytes > 0
        self = NetlinkDecoder()
        return isCut ? .unknown : nil
    }

    /// The length and type of the next message, once its header is complete. Both are in native byte order.
    private mutating func header() -> (length: Int, type: UInt16)? {
        let skipped = min(padding, waiting.readableBytes)
        waiting.moveReaderIndex(forwardBy: skipped)
        padding -= skipped
        let start = waiting.readerIndex
        guard waiting.readableBytes >= NetlinkDecoder.headerBytes,
            let length = waiting.getInteger(at: start, endianness: .host, as: UInt32.self),
            let type = waiting.getInteger(at: start + 4, endianness: .host, as: UInt16.self)
        else { return nil }
        return (Int(length), type)
    }

    private static func change(_ type: UInt16) -> NetworkChange? {
        switch type {
        case 16, 17: .link  // RTM_NEWLINK, RTM_DELLINK
        case 20, 21: .address  // RTM_NEWADDR, RTM_DELADDR
        case 24, 25: .route  // RTM_NEWROUTE, RTM_DELROUTE
        case 2, 4: .unknown  // NLMSG_ERROR, NLMSG_OVERRUN
        default: nil
        }
    }
}
