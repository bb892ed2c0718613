import NIOHTTP1
import Wire

/// What a request is, judged by its head alone (RFC 6455 §4.2.1, RFC 9112 §3.2 and §6).
enum HandshakeRules {
    /// What is done with a request.
    enum Verdict: Hashable {
        /// It is a correct upgrade to a WebSocket at the endpoint.
        case upgrade
        /// It asks how the server is.
        case health(isReadiness: Bool)
        /// It is refused.
        case refused(Refusal)
    }

    /// The headers that mean something here; one that stands twice could mean two things.
    private static let single = [
        "Host", "Authorization", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
        UpgradeRequest.initializeHeader,
    ]

    /// - Parameter origins: Web origins that may connect.
    static func judge(_ head: HTTPRequestHead, origins: [String] = []) -> Verdict {
        guard head.version == .http1_1 else { return bad("this server speaks HTTP/1.1") }
        for name in single where head.headers[name].count > 1 { return bad("'\(name)' stands twice") }
        guard let host = head.headers.first(name: "Host"), !host.isEmpty else { return bad("'Host' is missing") }
        // A request of ours has no body, and whatever claims to have one is not read to its end.
        guard head.headers["Transfer-Encoding"].isEmpty,
            head.headers["Content-Length"].allSatisfy({ $0 == "0" })
        else { return bad("a request has no body here") }
        guard head.method == .GET || head.method == .HEAD else {
            return .refused(Refusal(status: 405, reason: "method", message: "only GET is answered"))
        }
        if let origin = head.headers.first(name: "Origin"),
            !origins.contains(where: { $0.utf8.elementsEqual(origin.utf8) })
        {
            return .refused(
                Refusal(
                    status: 403, reason: "origin",
                    message: "this server does not take connections from web pages of that origin"))
        }
        switch head.uri {
        case "/healthz": return .health(isReadiness: false)
        case "/readyz": return .health(isReadiness: true)
        case Endpoint.path: return judgeUpgrade(head)
        default:
            return .refused(Refusal(status: 404, reason: "not_found", message: "the endpoint is \(Endpoint.path)"))
        }
    }

    private static func judgeUpgrade(_ head: HTTPRequestHead) -> Verdict {
        guard head.headers[canonicalForm: "Upgrade"].contains(where: { $0.lowercased() == "websocket" }) else {
            return .refused(
                Refusal(status: 426, reason: "upgrade_required", message: "this endpoint speaks WebSocket"))
        }
        guard head.method == .GET else { return bad("a WebSocket begins with GET") }
        guard head.headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" }) else {
            return bad("'Connection: upgrade' is missing")
        }
        guard let version = head.headers.first(name: "Sec-WebSocket-Version") else {
            return bad("'Sec-WebSocket-Version' is missing")
        }
        guard version == "13" else {
            // RFC 6455 §4.4: the answer names the version that is spoken.
            return .refused(
                Refusal(status: 426, reason: "websocket_version", message: "version 13 of WebSocket is spoken here"))
        }
        guard let key = head.headers.first(name: "Sec-WebSocket-Key"), isKey(key) else {
            return bad("'Sec-WebSocket-Key' is not 16 bytes in base64")
        }
        return .upgrade
    }

    /// 16 bytes in base64 (RFC 6455 §4.1): 22 characters and the padding.
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
        .refused(Refusal(status: 400, reason: "bad_request", message: message))
    }
}
