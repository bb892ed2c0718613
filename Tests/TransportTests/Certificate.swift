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

    /// Makes one for a name.
    init(for name: String = "localhost") throws { try self.init(subject: name, names: ["DNS:\(name)"]) }

    /// Makes one with the openssl program.
    ///
    /// - Parameters:
    ///   - subject: Its common name.
    ///   - names: Whom it is for, as x509v3_config(5) writes it; it has no such list when there are none.
    init(subject: String, names: [String]) throws {
        folder = try TemporaryDirectory("certificate")
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments =
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=\(subject)", "-keyout", key, "-out", file,
            ] + (names.isEmpty ? [] : ["-addext", "subjectAltName=\(names.joined(separator: ","))"])
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0, "openssl req")
    }

    func context() throws -> NIOSSLContext { try ServerTLS.context(certificate: file, key: key) }
}
