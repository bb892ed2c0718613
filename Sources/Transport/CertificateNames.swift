import NIOSSL
import Platform

/// Whom a certificate is for, and whether that is who was asked for, by RFC 9525.
///
/// NIOSSL's own check compares the address of the socket whatever was asked for, so that a certificate for 127.0.0.1
/// passes for `localhost`; it takes a common name when there is nothing else, and a wildcard that is only a part of a
/// label. It stays on; this one is stricter, and a connection has to pass both.
struct CertificateNames: Hashable, Sendable {
    /// The names (dNSName), as the bytes that stand in the certificate.
    var names: [[UInt8]] = []
    /// The addresses (iPAddress), four bytes or sixteen.
    var addresses: [[UInt8]] = []

    /// Names that were read already.
    init(names: [[UInt8]] = [], addresses: [[UInt8]] = []) {
        self.names = names
        self.addresses = addresses
    }

    /// Reads a certificate. Its subject, and the kinds of names that are no host's, are nobody's word for a host
    /// (RFC 9525 §4.1).
    init(_ certificate: NIOSSLCertificate) {
        for name in certificate._subjectAlternativeNames() {
            let bytes = name.contents.withUnsafeBufferPointer { Array($0) }
            switch name.nameType {
            case .dnsName: names.append(bytes)
            case .ipAddress: addresses.append(bytes)
            default: break
            }
        }
    }

    /// Whether the certificate is for this host: a name matches names, an address matches addresses byte for byte.
    func isFor(_ host: HostIdentity) -> Bool {
        switch host {
        case .address(let bytes): return addresses.contains(bytes)
        case .name(let name):
            let wanted = CertificateNames.labels(Array(name.utf8))
            // An empty label is none, and a reference is never a pattern.
            guard !wanted.contains([]), !wanted.contains([UInt8(ascii: "*")]) else { return false }
            return names.contains { CertificateNames.matches(CertificateNames.labels($0), wanted) }
        }
    }

    /// Label by label; `*` stands for one whole label, the left-most, and never for all there is (RFC 9525 §6.3).
    private static func matches(_ presented: [[UInt8]], _ wanted: [[UInt8]]) -> Bool {
        guard presented.count == wanted.count else { return false }
        guard presented.first == [UInt8(ascii: "*")] else { return presented == wanted }
        return presented.count > 1 && presented.dropFirst() == wanted.dropFirst()
    }

    /// The labels in small letters, ASCII's and no others: a name in another script is compared in its ASCII form.
    private static func labels(_ name: [UInt8]) -> [[UInt8]] {
        name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
    }
}
