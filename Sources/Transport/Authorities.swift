import Glibc
import NIOSSL
import Platform

/// The certificate authorities that a client trusts.
public struct Authorities: Hashable, Sendable {
    /// A file of PEM certificates that replaces the system's; `nil` for the system's own.
    var file: String?
    /// Folders of PEM certificates, named by their hashes, in addition to that file or instead of the system's.
    var folders: [String] = []
    /// A file of PEM certificates that are trusted in addition; `nil` for none.
    public var additional: String?

    /// The most certificates that are read of one folder; the system's own has about 140.
    private static let certificatesMaximum = 1_000

    /// The system's authorities, and those in a file.
    public init(additional: String? = nil) { self.additional = additional }

    /// The authorities that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, as OpenSSL reads them
    /// (SSL_CTX_load_verify_locations(3)); otherwise the system's. The second is a list with colons, and what does not
    /// exist is passed over as long as something does.
    public init(environment: [String: String], additional: String? = nil) {
        self.init(additional: additional)
        file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        folders = environment["SSL_CERT_DIR"]?.split(separator: ":").map(String.init) ?? []
    }

    /// Reads what is named by the environment or the configuration, which a connection would do first of all.
    ///
    /// - Throws: ``DialError`` when it cannot be read, or has no certificates.
    public func check() throws(DialError) {
        guard !paths.isEmpty else { return }
        do { _ = try ClientTLS.context(trusting: self) } catch let error as DialError { throw error } catch {
            throw .untrusted("the certificate authorities cannot be read: \(error)")
        }
    }

    /// Everything that is named, for a sentence.
    var paths: [String] { [file].compactMap(\.self) + folders + [additional].compactMap(\.self) }

    /// - Throws: ``DialError`` when nothing of what the environment names can be read, or the additional file cannot.
    func apply(to configuration: inout TLSConfiguration) throws {
        let named = [file].compactMap(\.self) + folders
        let readable = named.filter { access($0, R_OK) == 0 }
        if let first = named.first, readable.isEmpty { throw Authorities.unreadable(first) }
        if let additional, access(additional, R_OK) != 0 { throw Authorities.unreadable(additional) }
        let there = readable.filter { $0 != file }
        // Only the first path may be a folder.
        let roots = Array(there.prefix(1)) + readable.filter { $0 == file }
        if let first = roots.first { configuration.trustRoots = .file(first) }
        configuration.additionalTrustRoots =
            (roots.dropFirst() + [additional].compactMap(\.self)).map { .file($0) }
            + there.dropFirst().map { .certificates(Authorities.certificates(in: $0)) }
    }

    private static func unreadable(_ path: String) -> DialError {
        .untrusted(
            "the certificates in \(path) cannot be read (\(String(cString: strerror(errno)).lowercased())): correct the"
                + " path, or its permissions")
    }

    /// The certificates of a folder whose names are hashes, as c_rehash(1) makes them; what is none is passed over.
    private static func certificates(in folder: String) -> [NIOSSLCertificate] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [NIOSSLCertificate] = []
        while found.count < certificatesMaximum, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].count == 8, parts[0].allSatisfy(\.isHexDigit), Int(parts[1]) != nil,
                let text = try? WholeFile.text("\(folder)/\(name)", isRegular: true)
            else { continue }
            found += (try? NIOSSLCertificate.fromPEMBytes(Array(text.utf8))) ?? []
        }
        return found
    }
}
