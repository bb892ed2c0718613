import NIOCore

/// Something that the kernel told about the network.
enum NetworkChange: Hashable, Sendable {
    /// An interface came, went, or changed.
    case link
    /// An address came or went.
    case address
    /// A route came or went.
    case route
    /// Something was lost or cannot be read: anything may have changed.
    case unknown
}

/// Reads what a netlink route socket brings (netlink(7), rtnetlink(7)): messages of a header and a body that does not
/// matter here, several in a datagram.
struct NetlinkDecoder {
    /// The longest datagram: what the kernel sends has at most a quarter of it, so a longer length is none.
    static let datagramBytesMaximum = 32 << 10

    private static let headerBytes = 16
    private var waiting = ByteBuffer()
    private var padding = 0
    private var isBroken = false

    /// Takes bytes of a datagram, cut anywhere.
    ///
    /// - Returns: What the messages say that are complete now, in order.
    mutating func feed(_ bytes: ByteBuffer) -> [NetworkChange] {
        guard !isBroken else { return [] }
        waiting.writeImmutableBuffer(bytes)
        var changes: [NetworkChange] = []
        while let (length, type) = header() {
            guard (NetlinkDecoder.headerBytes...NetlinkDecoder.datagramBytesMaximum).contains(length) else {
                // Where the next message begins is not known any more.
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

    /// The datagram is over; the next bytes are those of another one.
    ///
    /// - Returns: `.unknown` when a message was cut off.
    mutating func endDatagram() -> NetworkChange? {
        let isCut = waiting.readableBytes > 0
        self = NetlinkDecoder()
        return isCut ? .unknown : nil
    }

    /// The length and the type of the next message, when its header is there. Both are in the machine's byte order.
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
