import NIOCore
import NIOHTTP1
public import Wire

/// Reads the HTTP response of a server that did not upgrade, and translates it to a ``DialError``.
final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// The longest body that is read, in bytes. Our refusals are far shorter, and a captive portal's page need not be
    /// read completely.
    static let bytesMaximum = 64 << 10

    private let promise: EventLoopPromise<Void>
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init(promise: EventLoopPromise<Void>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var part):
            body.writeBuffer(&part)
            if body.readableBytes > RefusalReader.bytesMaximum { finish(context: context) }
        case .end: finish(context: context)
        }
    }

    /// Fails the promise however the connection ends; a promise that is completed already keeps its value.
    func handlerRemoved(context: ChannelHandlerContext) { promise.fail(failure) }

    func channelInactive(context: ChannelHandlerContext) { finish(context: context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(context: context) }

    private func finish(context: ChannelHandlerContext) {
        promise.fail(failure)
        context.close(promise: nil)
    }

    /// The longest delay that is accepted from a header, in seconds: a wrong value must not keep a client away for
    /// days.
    static let retryAfterMaximum: Int64 = 3_600

    /// The delay of `Retry-After`, in milliseconds; `nil` when it is missing or a date, which needs a correct clock.
    private static func retryAfter(_ headers: HTTPHeaders) -> Int64? {
        guard let text = headers.first(name: "Retry-After"), !text.isEmpty, text.utf8.count <= 10,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let seconds = Int64(text)
        else { return nil }
        return min(seconds, retryAfterMaximum) * 1_000
    }

    /// The meaning of the response. A 511 is a captive portal's (RFC 6585 §6), not the server's.
    private var failure: DialError {
        guard let head else { return .unreachable("the connection ended before the server answered") }
        let status = Int(head.status.code)
        let delay = RefusalReader.retryAfter(head.headers)
        if let json = try? JSON(parsing: body), var refusal = Refusal(status: status, json: json) {
            if refusal.isRetryable { refusal.retryAfter = refusal.retryAfter ?? delay }
            return .refused(refusal)
        }
        switch status {
        case 429, 502...504,
            500...510 where delay != nil:
            return .refused(
                Refusal(
                    status: status, reason: "gateway", message: "a gateway in between answered HTTP \(status)",
                    retryAfter: delay))
        default:
            return .foreign(
                "the answer (HTTP \(status)) is not belayd's: sign in to the captive portal, or check the address")
        }
    }
}

/// Why a connection could not be opened. The payload of each case is one sentence for the user.
public enum DialError: Error, Hashable, Sendable {
    /// No connection: refused, timed out, or no network.
    case unreachable(String)
    /// The server refused the upgrade.
    case refused(Refusal)
    /// The peer is no belayd, such as a captive portal.
    case foreign(String)
    /// The certificate, or the owner of a Unix socket, is not the expected one.
    case untrusted(String)
}
