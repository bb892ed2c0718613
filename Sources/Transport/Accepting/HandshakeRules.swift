import NIOHTTP1
import Platform
import Wire

/// Judges a request by its head alone (RFC 6455 §4.2.1, RFC 9112 §3.2 and §6).
enum HandshakeRules {
    /// The decision about a request.
    enum Verdict: Hashable {
        /// A correct upgrade to a WebSocket at the endpoint.
        case upgrade
        /// A request for the server's health: `/healthz`, or `/readyz` when `isReadiness` is set.
        case health(isReadiness: Bool)
        /// An error response, which ends the connection.
        case refused(Refusal)
    }

    /// Headers that may appear only once: two readers could interpret a repeated one differently.
    private static let single = [
        "Host", "Authorization", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
        UpgradeRequest.initializeHeader,
    ]

    /// - Parameter origins: The values of `Origin` that may connect; a request without the header always may.
    static func judge(_ head: HTTPRequestHead, origins: [String] = []) -> Verdict {
        guard head.version == .http1_1 else { return bad("only HTTP/1.1 is supported") }
        for name in single where head.headers[name].count > 1 { return bad("the header '\(name)' is repeated") }
        guard let host = head.headers.first(name: "Host"), !host.isEmpty else { return bad("no 'Host' header") }
        guard HostPort(authority: host) != nil else { return bad("'Host' is no host with an optional port") }
        guard let path = path(of: head.uri) else { return bad("the host of the request's target is invalid") }
        // Requests to this server have no body, and one that announces a body is not read to its end.
        guard head.headers["Transfer-Encoding"].isEmpty,
            head.headers["Content-Length"].allSatisfy({ $0 == "0" })
        else { return bad("a request must not have a body") }
        guard head.method == .GET || head.method == .HEAD else {
            return .refused(Refusal(.method, "only GET and HEAD are allowed"))
        }
        if let origin = head.headers.first(name: "Origin"),
            !origins.contains(where: { $0.utf8.elementsEqual(origin.utf8) })
        {
            return .refused(
                Refusal(.origin, "web pages of this origin are not allowed to connect"))
        }
        switch path {
        case "/healthz": return .health(isReadiness: false)
        case "/readyz": return .health(isReadiness: true)
        case Endpoint.path: return judgeUpgrade(head)
        default:
            return .refused(Refusal(.notFound, "the endpoint is \(Endpoint.path)"))
        }
    }

    /// The path of a request's target, in origin-form or in absolute-form, which a server has to accept as well
    /// (RFC 9112 §3.2). The query is ignored.
    ///
    /// - Returns: `nil` when the authority of an absolute-form is invalid.
    private static func path(of target: String) -> Substring? {
        var rest = Substring(target)
        if let separator = rest.firstRange(of: "://"),
            ["http", "https", "ws", "wss"].contains(rest[..<separator.lowerBound].lowercased())
        {
            let authority = rest[separator.upperBound...].prefix { $0 != "/" && $0 != "?" }
            guard HostPort(authority: authority) != nil else { return nil }
            rest = rest[authority.endIndex...]
            if !rest.hasPrefix("/") { return "/" }
        }
        return rest.prefix { $0 != "?" }
    }

    private static func judgeUpgrade(_ head: HTTPRequestHead) -> Verdict {
        guard head.headers[canonicalForm: "Upgrade"].contains(where: { $0.lowercased() == "websocket" }) else {
            return .refused(Refusal(.upgradeRequired, "this endpoint accepts only WebSocket"))
        }
        guard head.method == .GET else { return bad("a WebSocket handshake must use GET") }
        guard head.headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" }) else {
            return bad("no 'Connection: upgrade' header")
        }
        guard let version = head.headers.first(name: "Sec-WebSocket-Version") else {
            return bad("no 'Sec-WebSocket-Version' header")
        }
        guard version == "13" else {
            // RFC 6455 §4.4: the response names the version that is supported.
            return .refused(Refusal(.webSocketVersion, "only version 13 of WebSocket is supported"))
        }
        guard let key = head.headers.first(name: "Sec-WebSocket-Key"), isKey(key) else {
            return bad("'Sec-WebSocket-Key' is not 16 bytes in base64")
        }
        // RFC 6455 §9.1: the connection fails. An extension that is unknown, or known and not wanted, is only declined.
        guard (try? WebSocketExtension.list(head.headers[WebSocketExtension.header])) != nil else {
            return bad("'\(WebSocketExtension.header)' is no list of extensions")
        }
        return .upgrade
    }

    /// Whether it is 16 bytes in base64 (RFC 6455 §4.1): 22 characters and the padding.
    private static func isKey(_ text: String) -> Bool {
        guard text.utf8.count == 24, text.hasSuffix("==") else { return false }
        return text.utf8.dropLast(2).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    private static func bad(_ message: String) -> Verdict {
        .refused(Refusal(.badRequest, message))
    }
}
