import NIOCore
import NIOWebSocket
import Wire

/// What RFC 6455 demands of a frame beside its form, which NIO's decoder leaves to whoever uses it: extensions may change
/// some of it, and none is spoken here.
enum FrameRules {
    /// What is wrong with a frame.
    struct Fault: Hashable {
        var code: CloseCode
        var reason: String
    }

    /// What is wrong with a frame that this side received.
    ///
    /// - Parameter role: Which side this is.
    static func fault(of frame: WebSocketFrame, from role: Connection.Role) -> Fault? {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return bad("a reserved bit is set") }
        switch (role, frame.maskKey != nil) {
        case (.server, true), (.client, false): break
        case (.server, false): return bad("a client masks its frames")
        case (.client, true): return bad("a server does not mask its frames")
        }
        switch frame.opcode {
        case .text, .binary, .continuation, .ping, .pong: return nil
        case .connectionClose: return faultOfClose(frame)
        default: return bad("a reserved kind of frame")
        }
    }

    /// A close frame is empty, or holds a code that may be there and a text (RFC 6455 §5.5.1 and §7.4).
    private static func faultOfClose(_ frame: WebSocketFrame) -> Fault? {
        var data = frame.unmaskedData
        guard data.readableBytes > 0 else { return nil }
        guard let code = data.readInteger(as: UInt16.self), CloseCode(rawValue: code).isValidOnWire else {
            return bad("a close frame without a code that may be in one")
        }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            return Fault(code: .invalidData, reason: "the text of a close frame is not UTF-8")
        }
        return nil
    }

    private static func bad(_ reason: String) -> Fault { Fault(code: .badFrame, reason: reason) }
}
