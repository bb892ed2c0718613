import Foundation
import NIOPosix
import TestKit
import Testing
import Wire

@testable import Transport

/// What a person is told of a certificate that is not trusted: what was seen, and what can be done about it.
@Suite struct CertificateReportTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let endpoint = Endpoint(address: .host("chat.example", port: 443), isSecure: true)

    private func sentence(_ validity: ClosedRange<Int64>, isForHost: Bool = true, _ names: [String] = ["a.example"])
        -> String
    {
        CertificateReport(validity: validity, names: names)
            .sentence(at: endpoint, isForHost: isForHost, now: 1_800_000_000_000)
    }

    @Test func theFirstThingThatIsWrongIsSaid() {
        #expect(
            sentence(0...1_700_000_000).hasPrefix(
                "the certificate of wss://chat.example:443 (for a.example) expired on 2023-11-14: "))
        #expect(sentence(0...1_700_000_000, isForHost: false).contains("expired on"))
        #expect(sentence(1_900_000_000...2_000_000_000).contains("is valid from 2030-03-17 on"))
        #expect(sentence(0...2_000_000_000, isForHost: false).contains("for another name (for a.example)"))
        #expect(sentence(0...2_000_000_000).contains("`certificates`"))
        #expect(sentence(0...2_000_000_000, []).hasPrefix("the certificate of wss://chat.example:443 is not trusted"))
        #expect(sentence(1_800_000_000...1_800_000_000).contains("`certificates`"))
    }

    private func failure(_ port: Int, _ authorities: Authorities) async -> String? {
        let request = Dialer.Request(
            endpoint: Endpoint(address: .host("localhost", port: port), isSecure: true), token: "secret",
            userAgent: "test", authorities: authorities)
        do {
            _ = try await Heard.dial(request, on: loop)
            return nil
        } catch DialError.untrusted(let message) {
            return message
        } catch {
            return "another failure: \(error)"
        }
    }

    @Test(arguments: [
        ("20200101000000Z", "20200201000000Z", "expired on 2020-02-01"),
        ("20990101000000Z", "20990201000000Z", "is valid from 2099-01-01"),
    ])
    func oneThatIsOutOfDateIsNoMatterOfAuthorities(from: String, to: String, words: String) async throws {
        let certificate = try Certificate(for: "localhost", from: from, to: to)
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            for file in [certificate.file, nil] {
                let message = await failure(listener.port, Authorities(additional: file))
                #expect(
                    message?.contains(words) == true && message?.contains("(for localhost)") == true, "\(message ?? "")"
                )
                #expect(message?.contains("`certificates`") == false)
            }
            #expect(listener.requests.isEmpty, "it was looked at, and told nothing")
        }
    }

    @Test func theVariablesOfOpenSSLNameAuthorities() async throws {
        let certificate = try Certificate()
        let context = try certificate.context()
        // The names in a folder are hashes of subjects, and what has another name is not read.
        let folder = try TemporaryDirectory("authorities")
        let text = try Data(contentsOf: URL(fileURLWithPath: certificate.file))
        for name in ["0123abcd.0", "readme.txt"] { try text.write(to: URL(fileURLWithPath: folder.path(name))) }
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            for environment in [
                ["SSL_CERT_FILE": certificate.file],
                ["SSL_CERT_FILE": certificate.file, "SSL_CERT_DIR": "/etc/ssl/certs"],
                ["SSL_CERT_FILE": certificate.file, "SSL_CERT_DIR": "/nonexistent"],
                ["SSL_CERT_FILE": certificate.file, "SSL_CERT_DIR": ":/nonexistent:"],
                ["SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/etc/ssl/certs:\(folder.path)"],
                ["SSL_CERT_DIR": "/nonexistent:/etc/ssl/certs:\(folder.path)"],
            ] {
                #expect(await failure(listener.port, Authorities(environment: environment)) == nil)
            }
            for environment in [[:], ["SSL_CERT_FILE": ""]] as [[String: String]] {
                #expect(
                    await failure(listener.port, Authorities(environment: environment))?.contains("not trusted") == true
                )
            }
            // What they name takes the system's place, and what the configuration names is trusted besides.
            let other = try Certificate()
            let both = Authorities(environment: ["SSL_CERT_FILE": other.file], additional: certificate.file)
            #expect(await failure(listener.port, both) == nil)
        }
    }

    @Test func filesThatCannotBeReadAreNamed() async throws {
        let folder = try TemporaryDirectory("certificates")
        let (empty, text) = (folder.path("empty.pem"), folder.path("text.pem"))
        try Data().write(to: URL(fileURLWithPath: empty))
        try Data("hello\n".utf8).write(to: URL(fileURLWithPath: text))
        for folders in ["/nonexistent", "/nonexistent:/also"] {
            let message = await failure(1, Authorities(environment: ["SSL_CERT_DIR": folders])) ?? ""
            #expect(message.contains("/nonexistent cannot be read"), "\(message)")
        }
        for file in [folder.path("gone.pem"), empty, text] {
            for authorities in [Authorities(additional: file), Authorities(environment: ["SSL_CERT_FILE": file])] {
                let message = await failure(1, authorities) ?? ""
                #expect(message.contains(file) && !message.contains("failedToLoad"), "\(message)")
            }
        }
    }
}
