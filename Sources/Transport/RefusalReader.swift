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
    private let endpoint: Endpoint
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()

    init(promise: EventLoopPromise<Void>, endpoint: Endpoint) {
        self.promise = promise
        self.endpoint = endpoint
    }

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

    /// The meaning of the response: belayd's own refusal, the failure of a gateway in front of it, or another server's
    /// answer, which is no durable no whatever it says. A 511 is a captive portal's (RFC 6585 §6).
    private var failure: DialError {
        guard let head else { return .unreachable("\(endpoint): the connection ended before the server answered") }
        let status = Int(head.status.code)
        let delay = RefusalReader.retryAfter(head.headers)
        let json = try? JSON(parsing: body)
        if let json, var refusal = Refusal(status: status, json: json) {
            if refusal.isRetryable { refusal.retryAfter = refusal.retryAfter ?? delay }
            return .refused(refusal)
        }
        let words = json.flatMap(RefusalReader.quotation).map { ": \($0)" } ?? ""
        let seen = "\(endpoint) answered HTTP \(status)\(words)"
        switch status {
        case 429, 500...510, 512...599:
            return .refused(
                Refusal(
                    status: status, reason: "gateway",
                    message: status == 429
                        ? "a gateway in between limits the requests (\(seen))"
                        : "a gateway in between, or the server itself, fails (\(seen))", retryAfter: delay))
        case 408, 421, 425: return .foreign("a gateway in between did not pass the request on (\(seen))")
        default:
            return .foreign(
                "the answer (HTTP \(status)\(words)) is not belayd's: sign in to the captive portal, or check the address"
                    + " \(endpoint)")
        }
    }

    /// The most characters of another server's text that are shown.
    private static let quotationMaximum = 80

    /// What the JSON of another server says, on one line and cut; `nil` when it says nothing.
    private static func quotation(_ json: JSON) -> String? {
        let texts = ["reason", "message", "detail", "error"].lazy.compactMap { json[$0]?.string }.map { text in
            text.withoutControls.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        guard let text = texts.first(where: { !$0.isEmpty }) else { return nil }
        return text.count > quotationMaximum ? "\(text.prefix(quotationMaximum))…" : text
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

    /// The sentence for the user.
    public var message: String {
        switch self {
        case .unreachable(let message), .foreign(let message), .untrusted(let message): message
        case .refused(let refusal): refusal.message
        }
    }
}
