import Foundation
import NIOPosix
import NIOSSL
import TestKit
import Testing
import Transport
import Wire

/// Encrypted connections, and those that must not be trusted.
@Suite struct TLSTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func dial(_ port: Int, host: String = "localhost", trusting file: String? = nil) async throws -> Heard {
        let endpoint = Endpoint(address: .host(host, port: port), isSecure: true)
        return try await Heard.dial(
            Dialer.Request(
                endpoint: endpoint, token: "secret", userAgent: "test", authorities: Authorities(additional: file)),
            on: loop)
    }

    private func failure(_ port: Int, host: String = "localhost", trusting file: String? = nil) async -> DialError? {
        do {
            _ = try await dial(port, host: host, trusting: file)
            return nil
        } catch {
            return error as? DialError
        }
    }

    @Test func aCertificateThatIsTrustedIsSpokenTo() async throws {
        let certificate = try Certificate()
        let context = try certificate.context()
        let greeting: [Message] = [.notification(method: "welcome", params: [:])]
        try await withListener(greeting: greeting, change: { $0.tls = ServingTLS(context) }) { listener in
            let heard = try await dial(listener.port, trusting: certificate.file)
            #expect(await eventually { heard.messages == greeting }, "glued to the 101 under TLS as well")
            heard.send(.request(.number(1), method: "m", params: ["n": 1]))
            #expect(await eventually { heard.messages.last == .response(.number(1), result: ["n": 1]) })
            listener.close(.serviceRestart, "bye")
            #expect(await eventually { heard.closure == Closure(code: .serviceRestart, reason: "bye") })
        }
    }

    @Test func aCertificateThatIsNotTrustedNeverSeesTheToken() async throws {
        let (certificate, other) = (try Certificate(), try Certificate())
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            for file in [nil, other.file] {
                let failure = await failure(listener.port, trusting: file)
                guard case .untrusted(let message)? = failure else {
                    Issue.record("\(String(describing: failure))")
                    continue
                }
                #expect(message.contains("not trusted"))
            }
            #expect(listener.requests.isEmpty)
        }
    }

    @Test func certificatesThatAreInstalledAfterARefusalAreRead() async throws {
        let (certificate, other) = (try Certificate(), try Certificate())
        let folder = try TemporaryDirectory("trusted")
        let file = folder.path("trusted.pem")
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            try FileManager.default.copyItem(atPath: other.file, toPath: file)
            guard case .untrusted? = await failure(listener.port, trusting: file) else {
                Issue.record("trusted, or misunderstood")
                return
            }
            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.copyItem(atPath: certificate.file, toPath: file)
            _ = try await dial(listener.port, trusting: file)
        }
    }

    /// Who comes after a certificate was renewed gets the new one; who is there stays.
    @Test func aCertificateIsRenewedWhileTheServerListens() async throws {
        let (old, new) = (try Certificate(), try Certificate())
        let serving = ServingTLS(try old.context())
        try await withListener(change: { $0.tls = serving }) { listener in
            let first = try await dial(listener.port, trusting: old.file)
            serving.renew(try new.context())
            _ = try await dial(listener.port, trusting: new.file)
            guard case .untrusted? = await failure(listener.port, trusting: old.file) else {
                Issue.record("the old one is still shown")
                return
            }
            first.send(.request(.number(1), method: "m", params: [:]))
            #expect(await eventually { first.messages.last == .response(.number(1), result: [:]) })
        }
    }

    @Test func aCertificateForAnotherNameIsNotTrusted() async throws {
        let certificate = try Certificate(for: "elsewhere.example")
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            guard case .untrusted? = await failure(listener.port, trusting: certificate.file) else {
                Issue.record("trusted, or misunderstood")
                return
            }
            #expect(listener.requests.isEmpty)
        }
    }

    @Test func aPlainServerIsForeignToTLSAndTheOtherWayRound() async throws {
        try await withListener { listener in
            let failure = await failure(listener.port)
            guard case .foreign(let message)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(message.contains("does not speak TLS"))
        }
        let context = try Certificate().context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            do {
                _ = try await Heard.dial(Dialer.Request(endpoint: listener.endpoint, userAgent: "test"), on: loop)
                Issue.record("a TLS server was spoken to in plain text")
            } catch let error as DialError {
                if case .refused = error { Issue.record("\(error)") }
            }
        }
    }

    @Test func filesThatAreNoneAreNamed() throws {
        let (one, two) = (try Certificate(), try Certificate())
        func message(_ certificate: String, _ key: String) -> String {
            do throws(TLSFileError) {
                _ = try ServerTLS.context(certificate: certificate, key: key)
                return "taken"
            } catch {
                return error.description
            }
        }
        #expect(message(one.file, one.key) == "taken")
        #expect(message("/none.pem", one.key).hasPrefix("/none.pem is no readable file"))
        #expect(message(one.key, one.key).contains("is no readable file of PEM certificates"))
        #expect(message(one.file, "/none.pem") == "/none.pem is no readable PEM key: check its path")
        #expect(message(one.file, two.key).hasSuffix("do not belong together: correct one"))
    }
}
