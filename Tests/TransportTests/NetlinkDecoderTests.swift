import NIOCore
import TestKit
import Testing

@testable import Transport

/// Netlink messages as the kernel lays them out, whole, in pieces, and damaged.
@Suite struct NetlinkDecoderTests {
    /// A message with so many bytes behind its header, padded.
    static func message(_ type: UInt16, body: Int = 20, length: UInt32? = nil) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeInteger(length ?? UInt32(16 + body), endianness: .host)
        bytes.writeInteger(type, endianness: .host)
        bytes.writeInteger(UInt16(0), endianness: .host)
        bytes.writeInteger(UInt64(0), endianness: .host)
        bytes.writeRepeatingByte(0xAB, count: (body + 3) & ~3)
        return bytes
    }

    static func datagram(_ messages: ByteBuffer...) -> ByteBuffer {
        messages.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
    }

    private func decode(_ datagram: ByteBuffer, by count: Int) -> [NetworkChange] {
        var decoder = NetlinkDecoder()
        var (rest, changes) = (datagram, [NetworkChange]())
        while let piece = rest.readSlice(length: min(count, rest.readableBytes)), piece.readableBytes > 0 {
            changes += decoder.feed(piece)
        }
        return changes + [decoder.endDatagram()].compactMap { $0 }
    }

    @Test(arguments: [1, 2, 3, 5, 15, 16, 17, 1_000])
    func eachMessageIsReadHoweverItComes(count: Int) {
        let datagram = Self.datagram(
            Self.message(16), Self.message(20, body: 1), Self.message(3), Self.message(24, body: 0),
            Self.message(21, body: 7), Self.message(17, body: 3_000), Self.message(25), Self.message(99))
        #expect(decode(datagram, by: count) == [.link, .address, .route, .address, .link, .route])
    }

    @Test func aLastMessageNeedsNoPadding() {
        var datagram = Self.message(20, body: 1)
        datagram.moveWriterIndex(to: 17)
        #expect(decode(datagram, by: 4) == [.address])
        var decoder = NetlinkDecoder()
        #expect(decoder.feed(datagram) == [.address])
        #expect(decoder.endDatagram() == nil)
        #expect(decoder.feed(Self.message(24)) == [.route], "the next datagram begins at its first byte")
    }

    @Test func whatTheKernelLostIsAChange() {
        #expect(decode(Self.message(4, body: 0), by: 100) == [.unknown])
        #expect(decode(Self.message(2, body: 20), by: 100) == [.unknown])
    }

    @Test(arguments: [0, 1, 15, 32_769, UInt32.max])
    func aLengthThatIsNoneIsAChange(length: UInt32) {
        let datagram = Self.datagram(Self.message(16), Self.message(20, length: length), Self.message(24))
        #expect(decode(datagram, by: 7) == [.link, .unknown])
    }

    @Test func aDatagramThatIsCutIsAChange() {
        let datagram = Self.datagram(Self.message(16), Self.message(24))
        for count in 1..<datagram.readableBytes {
            guard let cut = datagram.getSlice(at: 0, length: count) else { return }
            let wanted: [NetworkChange] = count < 36 ? [.unknown] : count == 36 ? [.link] : [.link, .unknown]
            #expect(decode(cut, by: 5) == wanted, "after \(count) bytes")
        }
    }

    /// Whatever comes: it ends, it keeps no more than a datagram, and the pieces do not matter.
    @Test func anyBytesAreTaken() {
        var generator = TestSeed.current.generator(lane: 41)
        for _ in 0..<300 {
            var datagram = ByteBuffer()
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                var message = Self.message(
                    UInt16.random(in: 0...30, using: &generator), body: Int.random(in: 0...60, using: &generator))
                if generator.oneIn(3) {
                    let index = Int.random(in: 0..<message.readableBytes, using: &generator)
                    message.setInteger(UInt8.random(in: .min ... .max, using: &generator), at: index)
                }
                datagram.writeBuffer(&message)
            }
            let whole = decode(datagram, by: Int.max)
            #expect(whole == decode(datagram, by: 1), "\(TestSeed.current)")
            #expect(whole == decode(datagram, by: Int.random(in: 2...50, using: &generator)), "\(TestSeed.current)")
        }
    }

    /// One column is 10 ms; the window has eight of them.
    @Test(arguments: [
        ("e                       ", "        r               "),
        ("eeee ee                 ", "        r               "),
        ("e      e                ", "        r               "),
        ("e        e              ", "        r        r      "),
        ("eeeeeeeeeeeeeeeeeeeeeeee", "        r       r       "),
        ("        e               ", "                r       "),
        ("                        ", "                        "),
    ])
    func aBurstIsOneReport(events: String, reports: String) {
        var debounce = Debounce(window: .milliseconds(80))
        var due: NIODeadline?
        var drawn = ""
        for (column, event) in events.enumerated() {
            let now = NIODeadline.uptimeNanoseconds(0) + .milliseconds(Int64(column) * 10)
            let isReported = due.map { $0 <= now } ?? false
            if isReported {
                debounce.reported()
                due = nil
            }
            drawn += isReported ? "r" : " "
            if event == "e", let deadline = debounce.happened(at: now) {
                #expect(due == nil, "one report is due at a time")
                due = deadline
            }
        }
        #expect(drawn == reports)
    }
}
