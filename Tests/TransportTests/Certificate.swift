import Foundation
import NIOSSL
import TestKit
import Testing
import Transport

/// A certificate that was made for one test run and signed by itself.
struct Certificate {
    let folder: TemporaryDirectory
    var file: String { folder.path("certificate.pem") }
    var key: String { folder.path("key.pem") }

    /// Makes one with the openssl program.
    init(for name: String = "localhost") throws {
        folder = try TemporaryDirectory("certificate")
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", file,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0, "openssl req")
    }

    func context() throws -> NIOSSLContext { try ServerTLS.context(certificate: file, key: key) }
}
