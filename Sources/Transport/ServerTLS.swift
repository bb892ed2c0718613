public import NIOSSL

/// What a server encrypts with.
public enum ServerTLS {
    /// Reads the files.
    ///
    /// - Parameters:
    ///   - certificate: The certificate and those above it, PEM.
    ///   - key: Its key, PEM.
    /// - Throws: ``TLSFileError``, naming the file.
    public static func context(certificate: String, key: String) throws(TLSFileError) -> NIOSSLContext {
        let chain: [NIOSSLCertificateSource]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) } } catch {
            throw TLSFileError(description: "\(certificate) is no readable file of PEM certificates")
        }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw TLSFileError(description: "\(key) is no readable PEM key")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw TLSFileError(description: "\(certificate) and \(key) do not belong together")
        }
    }
}

/// What is wrong with a certificate or a key.
public struct TLSFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence, naming the file.
    public let description: String
}
