import NIOCore
import NIOWebSocket
import Wire

/// The requirements of RFC 6455 that NIO's decoder does not check, because extensions may change some of them. The only
/// extension here is permessage-deflate (RFC 7692).
enum FrameRules {
    /// A violation, with the close code for it.
    struct Fault: Hashable {
        var code: CloseCode
        var reason: String
    }

    /// The violation in a received frame; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - role: The role of this side.
    ///   - mayBeDeflated: Whether permessage-deflate was negotiated.
    static func fault(of frame: WebSocketFrame, from role: Connection.Role, mayBeDeflated: Bool) -> Fault? {
        guard !frame.rsv2, !frame.rsv3 else { return bad("a reserved bit is set") }
        if frame.rsv1 {
            guard mayBeDeflated else { return bad("a reserved bit is set") }
            // RFC 7692 §6.1: the bit stands on the first frame of a message.
            guard frame.opcode == .text || frame.opcode == .binary else {
                return bad("the bit of a compressed message is set in a control frame or a later fragment")
            }
        }
        switch (role, frame.maskKey != nil) {
        case (.server, true), (.client, false): break
        case (.server, false): return bad("a client must mask its frames")
        case (.client, true): return bad("a server must not mask its frames")
        }
        switch frame.opcode {
        case .text, .binary, .continuation, .ping, .pong: return nil
        case .connectionClose: return faultOfClose(frame)
        default: return bad("a reserved opcode")
        }
    }

    /// Checks a close frame: empty, or a valid code and a UTF-8 text (RFC 6455 §5.5.1 and §7.4).
    private static func faultOfClose(_ frame: WebSocketFrame) -> Fault? {
        var data = frame.unmaskedData
        guard data.readableBytes > 0 else { return nil }
        guard let code = data.readInteger(as: UInt16.self), CloseCode(rawValue: code).isValidOnWire else {
            return bad("a close frame with an invalid code")
        }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            return Fault(code: .invalidData, reason: "the text of a close frame is not UTF-8")
        }
        return nil
    }

    private static func bad(_ reason: String) -> Fault { Fault(code: .badFrame, reason: reason) }
}
