import Glibc
import NIOCore
import NIOPosix
import TestKit
import Testing
import Wire

@testable import Transport

/// Other servers answer with `error` and `reason` too. Only belayd's own pairs of status and reason are its word;
/// everything else is retried, and said with what was seen.
@Suite struct ForeignAnswerTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func failure(status: Int, _ body: JSON) async throws -> (DialError?, endpoint: String) {
        let text = body.text
        let server = try await RawServer.start(
            "HTTP/1.1 \(status) Here\r\nContent-Type: application/json\r\nContent-Length: \(text.utf8.count)\r\n\r\n"
                + text)
        let endpoint = try #require(Endpoint(server.endpointText))
        var failure: DialError?
        do { _ = try await Heard.dial(Dialer.Request(endpoint: endpoint, userAgent: "test"), on: loop) } catch {
            failure = error as? DialError
        }
        try await server.stop()
        return (failure, server.endpointText)
    }

    @Test(arguments: [200, 302, 401, 403, 404, 408, 409, 421, 425, 426, 451, 511])
    func anothersJSONIsForeign(status: Int) async throws {
        for body in [
            ["error": "not_found", "reason": "missing"], ["error": "no", "reason": "policy"],
            ["error": "no", "reason": "busy"], ["message": "Captive portal login required"],
        ] as [JSON] {
            let (failure, endpoint) = try await failure(status: status, body)
            guard case .foreign(let message)? = failure else {
                Issue.record("\(status) \(body): \(String(describing: failure))")
                continue
            }
            #expect(message.contains(endpoint) && message.contains("HTTP \(status)"), "\(message)")
        }
    }

    @Test(arguments: [500, 501, 502, 503, 504, 510, 520, 530, 599])
    func aFailingGatewayIsNoCaptivePortal(status: Int) async throws {
        for body in [["error": "no", "reason": "upstream"], [:]] as [JSON] {
            guard case .refused(let refusal)? = try await failure(status: status, body).0 else {
                Issue.record("\(status) is not retried")
                continue
            }
            #expect(refusal.isRetryable && !refusal.isFinal && refusal.reason == "gateway")
            #expect(refusal.message.contains("gateway") && !refusal.message.contains("captive"))
        }
    }

    @Test func anothersTextIsCutAndClean() async throws {
        let text = "a\u{1B}]0;title\u{7}\n\u{202E}" + String(repeating: "x", count: 9_999)
        let (failure, _) = try await failure(status: 403, ["error": .string(text), "reason": .string(text)])
        guard case .foreign(let message)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(message.count < 250)
        #expect(!message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E }, "\(message)")
    }

    @Test func errorsOfTheNetworkStackAreSentences() {
        for code in [ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, EMFILE] {
            let error = IOError(errnoCode: code, reason: "read(descriptor:pointer:size:)")
            #expect(DialError.sentence(error) == String(cString: strerror(code)).lowercased())
        }
        for error in [ChannelError.eof, ChannelError.ioOnClosedChannel] as [any Error] {
            #expect(DialError.sentence(error) == "the connection ended before the server answered")
        }
    }
}
