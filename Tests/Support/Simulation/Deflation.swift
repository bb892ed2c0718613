import NIOCore
import Transport
import Wire

/// permessage-deflate (RFC 7692) in one direction of a line, both ends of it, with the product's compressor and
/// decompressor. As in the product, a server's messages refer to earlier ones while a burst lasts, and a client's are
/// compressed one by one; `MessageDeflater` itself needs an event loop, whose time would not be the world's.
final class Deflation {
    /// More than any message has.
    private static let bytesMaximum = 1 << 24

    private let direction: Line.Direction
    private unowned let world: World
    private var burst = Burst()
    /// The server's, during a burst.
    private var deflater: Deflater?
    private var inflater: MessageInflater

    init(_ direction: Line.Direction, in world: World) {
        (self.direction, self.world) = (direction, world)
        inflater = MessageInflater(keepsContext: direction == .toClient)
    }

    /// What is sent in the place of a payload.
    func deflate(_ payload: Line.Payload) -> Line.Payload {
        guard case .text(let message) = payload else { return payload }
        let deflated =
            switch direction {
            case .toClient: deflateInBurst(message)
            case .toServer: deflateAlone(message)
            }
        return deflated.map(Line.Payload.deflated) ?? payload
    }

    /// The product's client leaves out short messages; here, where all are short, those that would become longer.
    private func deflateAlone(_ message: ByteBuffer) -> ByteBuffer? {
        guard let deflated = Deflater()?.deflate(message) else { return nil }
        return deflated.readableBytes < message.readableBytes ? deflated : nil
    }

    private func deflateInBurst(_ message: ByteBuffer) -> ByteBuffer? {
        let now = NIODeadline.uptimeNanoseconds(UInt64(world.now.nanoseconds))
        // The next one begins with an empty window, of which the client does not know.
        if burst.check(at: now) == nil { deflater = nil }
        if world.chance.oneIn(16) {
            // As a page of a replay, which is compressed on another thread: behind it the distances are others.
            deflater?.reset()
            return Deflater()?.deflate(message)
        }
        guard burst.takes(message.readableBytes, at: now) else { return nil }
        deflater = deflater ?? Deflater()
        return deflater?.deflate(message)
    }

    /// What one read has brought, with its messages inflated.
    func inflate(_ payloads: [Line.Payload]) throws(Violation) -> [Line.Payload] {
        var inflated: [Line.Payload] = []
        for payload in payloads {
            if case .deflated(let message) = payload {
                inflated.append(.text(try inflate(message)))
            } else {
                inflated.append(payload)
            }
        }
        // What the server may do with its compressor, done to the window that this one refers to.
        if world.variant == .loseDeflateContext, direction == .toClient { inflater.end() }
        return inflated
    }

    private func inflate(_ message: ByteBuffer) throws(Violation) -> ByteBuffer {
        do throws(Inflater.Failure) {
            return try inflater.inflate(message, isLast: true, atMost: Deflation.bytesMaximum)
        } catch {
            throw Violation("the \(direction == .toClient ? "client" : "server") cannot inflate a message: \(error)")
        }
    }
}
