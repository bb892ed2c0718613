import NIOCore
import NIOHTTP1
import Wire

/// An HTTP response that ends the connection: a refusal, or the server's health.
struct PlainAnswer {
    let head: HTTPResponseHead
    let body: ByteBuffer

    /// A refusal as a status and a JSON body (`protocol.md` §1).
    init(_ refusal: Refusal) {
        var extra: [(String, String)] = []
        if let delay = refusal.retryAfter { extra.append(("Retry-After", String(max(1, (delay + 999) / 1_000)))) }
        switch refusal.status {
        case 405: extra.append(("Allow", "GET, HEAD"))
        // RFC 9110 §15.5.22 and RFC 6455 §4.4: a 426 names the protocol and version that are required.
        case 426: extra += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
        default: break
        }
        self.init(refusal.status, refusal.json, extra: extra)
    }

    /// The response of `/healthz` and `/readyz`.
    init(isWell: Bool) {
        self.init(isWell ? 200 : 503, ["status": .string(isWell ? "ok" : "starting")], extra: [])
    }

    private init(_ status: Int, _ json: JSON, extra: [(String, String)]) {
        body = json.encoded
        var headers = HTTPHeaders([
            ("Content-Type", "application/json"), ("Content-Length", String(body.readableBytes)),
            ("Connection", "close"),
        ])
        headers.add(contentsOf: extra)
        head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
    }
}
