public import NIOSSL

/// Creates the TLS context of a server.
public enum ServerTLS {
    /// Reads a certificate and its key.
    ///
    /// - Parameters:
    ///   - certificate: The path of the certificate and its chain, in PEM.
    ///   - key: The path of the private key, in PEM.
    /// - Throws: ``TLSFileError`` when a file cannot be read, or the two do not belong together.
    public static func context(certificate: String, key: String) throws(TLSFileError) -> NIOSSLContext {
        let chain: [NIOSSLCertificateSource]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) } } catch {
            throw TLSFileError(description: "\(certificate) is no readable file of PEM certificates: check its path")
        }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw TLSFileError(description: "\(key) is no readable PEM key: check its path")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw TLSFileError(description: "\(certificate) and \(key) do not belong together: correct one")
        }
    }
}

/// What is wrong with a certificate or key file.
public struct TLSFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence that names the file.
    public let description: String
}
