import NIOCore
import NIOHTTP1
public import Wire

/// Reads the response of a server that did not upgrade, and says what it means.
final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// The longest body that is read, in bytes; a refusal of ours is far shorter, a captive portal's page need not be
    /// read to its end.
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

    /// However the connection ends, whoever waits is told; a promise that is kept already stays as it is.
    func handlerRemoved(context: ChannelHandlerContext) { promise.fail(failure) }

    func channelInactive(context: ChannelHandlerContext) { finish(context: context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(context: context) }

    private func finish(context: ChannelHandlerContext) {
        promise.fail(failure)
        context.close(promise: nil)
    }

    /// The longest delay that is taken from a header, in seconds: a proxy that is wrong about it must not keep a client
    /// away for days.
    static let retryAfterMaximum: Int64 = 3_600

    /// What `Retry-After` says, in milliseconds; `nil` when it is missing or a date, which our clock may not agree with.
    private static func retryAfter(_ headers: HTTPHeaders) -> Int64? {
        guard let text = headers.first(name: "Retry-After"), !text.isEmpty, text.utf8.count <= 10,
            text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let seconds = Int64(text)
        else { return nil }
        return min(seconds, retryAfterMaximum) * 1_000
    }

    /// What the response means. A 511 is the network's own (RFC 6585 §6): it wants a person to sign in.
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
                    status: status, reason: "gateway", message: "a gateway in between answers \(status)",
                    retryAfter: delay))
        default:
            return .foreign(
                "what answers there is no belayd (HTTP \(status)): a login page of the network, or a wrong address?")
        }
    }
}

/// Why a connection could not be opened.
public enum DialError: Error, Hashable, Sendable {
    /// Nobody answers, or the network is gone.
    case unreachable(String)
    /// The server refuses.
    case refused(Refusal)
    /// Whoever answers is no server of ours.
    case foreign(String)
    /// The certificate is not good.
    case untrusted(String)
}
