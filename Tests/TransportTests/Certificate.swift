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
    ///
    /// - Parameters:
    ///   - from: From when on it is good, as `YYYYMMDDHHMMSSZ`; from now on unless told.
    ///   - to: Until when; for two days unless told.
    init(for name: String = "localhost", from: String? = nil, to: String? = nil) throws {
        try self.init(subject: name, names: ["DNS:\(name)"], from: from, to: to)
    }

    /// Makes one with the openssl program.
    ///
    /// - Parameters:
    ///   - subject: Its common name.
    ///   - names: The subject alternative names, as in x509v3_config(5); without any, the extension is left out.
    init(subject: String, names: [String], from: String? = nil, to: String? = nil) throws {
        folder = try TemporaryDirectory("certificate")
        let extensions = names.isEmpty ? [] : ["-addext", "subjectAltName=\(names.joined(separator: ","))"]
        let making = [
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(subject)",
            "-keyout", key,
        ]
        guard let from, let to else {
            try openssl(making + ["-x509", "-days", "2", "-out", file] + extensions)
            return
        }
        let (request, settings) = (folder.path("request.pem"), folder.path("ca.cnf"))
        try Data().write(to: URL(fileURLWithPath: folder.path("index.txt")))
        try Data(
            """
            [ca]
            default_ca = own
            [own]
            database = \(folder.path("index.txt"))
            new_certs_dir = \(folder.path)
            rand_serial = yes
            default_md = sha256
            policy = any
            copy_extensions = copy
            [any]
            commonName = supplied
            """.utf8
        ).write(to: URL(fileURLWithPath: settings))
        try openssl(making + ["-new", "-out", request] + extensions)
        try openssl([
            "ca", "-batch", "-notext", "-selfsign", "-config", settings, "-keyfile", key, "-in", request, "-out", file,
            "-startdate", from, "-enddate", to,
        ])
    }

    private func openssl(_ arguments: [String]) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = ["openssl"] + arguments
        openssl.standardOutput = FileHandle.nullDevice
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0, "openssl \(arguments.first ?? "")")
    }

    func context() throws -> NIOSSLContext { try ServerTLS.context(certificate: file, key: key) }
}
