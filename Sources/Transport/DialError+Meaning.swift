import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform

extension DialError {
    /// Translates an error of the network stack to one sentence for the user.
    init(_ error: any Error, at endpoint: Endpoint) {
        switch error {
        case let error as DialError: self = error
        case let error as NIOConnectionError:
            let reason = error.connectionErrors.first.map { DialError.sentence($0.error) }
            let dns = (error.dnsAError ?? error.dnsAAAAError).map { DialError.sentence($0) }
            self = .unreachable("\(endpoint): \(reason ?? dns ?? "no answer")")
        case let error as NIOSSLError: self = DialError.meaning(of: error, at: endpoint)
        case is NIOSSLExtraError, is HandshakeError:
            self = .untrusted("\(endpoint) shows a certificate for another name: check the address")
        case let error as NIOHTTPClientUpgradeError where error == .upgraderDeniedUpgrade:
            self = .foreign("\(endpoint) answered the handshake with a wrong key: a proxy may be broken")
        case is DeflateParameters.Refused:
            self = .foreign("\(endpoint) uses a WebSocket extension that was not offered: a proxy may be broken")
        case is NIOHTTPClientUpgradeError:
            self = .foreign("\(endpoint) upgraded to another protocol than WebSocket: check the address and port")
        case let error as HTTPParserError where error == .invalidEOFState:
            // The part of the response that arrived was valid; the connection was cut.
            self = .unreachable("\(endpoint): the connection ended before the server answered")
        case is HTTPParserError:
            self = .foreign("\(endpoint) does not speak HTTP: check the address and port")
        default: self = .unreachable("\(endpoint): \(DialError.sentence(error))")
        }
    }

    private static func meaning(of error: NIOSSLError, at endpoint: Endpoint) -> DialError {
        if case .handshakeFailed(let reason) = error {
            let text = "\(reason)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                return .untrusted(
                    "the certificate of \(endpoint) is not trusted: name its authority's file as `certificates`")
            }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
                return .foreign("\(endpoint) does not speak TLS: use ws:// or another port")
            }
        }
        return .unreachable("\(endpoint): \(sentence(error))")
    }

    /// What an error of the network stack says: the text of its error number, or of the reason in BoringSSL's own name
    /// for it, without the libraries' structures and source paths.
    static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as LookUpError: error.description
        case SocketAddressError.unixDomainSocketPathTooLong:
            "the path is too long for a socket (\(UnixSocket.pathBytesMaximum) bytes)"
        case let error as DialError: error.message
        case ChannelError.connectTimeout: "connection time-out"
        case is ChannelError: "the connection ended before the server answered"
        case NIOSSLError.handshakeFailed(let reason): "the TLS handshake failed\(alert(in: reason))"
        case NIOSSLError.shutdownFailed(let reason): "the TLS connection failed\(alert(in: reason))"
        case NIOSSLError.uncleanShutdown: "the connection ended without the end of TLS"
        case let error as BoringSSLError: "the TLS connection failed\(alert(in: error))"
        case is NIOSSLError: "the TLS connection failed"
        default: "the connection failed"
        }
    }

    /// BoringSSL's name for an error, such as `SSLV3_ALERT_HANDSHAKE_FAILURE`, in words and in parentheses.
    private static func alert(in error: BoringSSLError) -> String {
        // The description has entries such as `error:1000009a:SSL routines:OPENSSL_internal:NAME at PATH:LINE`.
        let text = "\(error)"
        guard let mark = text.firstRange(of: "OPENSSL_internal:") else {
            return text.contains("EOF") ? ": the connection ended" : ""
        }
        let name = text[mark.upperBound...].prefix { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        let words = name.lowercased().split(separator: "_").filter { !["sslv3", "tlsv1", "ssl"].contains($0) }
        return words.isEmpty ? "" : " (\(words.joined(separator: " ")))"
    }
}
