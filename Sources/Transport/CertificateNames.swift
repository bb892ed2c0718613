import NIOSSL
import Platform

/// The names of a certificate, and the check of the requested host against them, by RFC 9525.
///
/// NIOSSL's own check compares the socket's address whatever host was requested, so that a certificate for 127.0.0.1
/// passes for `localhost`; it falls back on the common name, and accepts a wildcard in a part of a label. It stays
/// enabled, and a connection has to pass both checks.
struct CertificateNames: Hashable, Sendable {
    /// The DNS names (dNSName), as the bytes of the certificate.
    var names: [[UInt8]] = []
    /// The IP addresses (iPAddress), of 4 or 16 bytes.
    var addresses: [[UInt8]] = []

    /// Creates names from parts, for tests.
    init(names: [[UInt8]] = [], addresses: [[UInt8]] = []) {
        self.names = names
        self.addresses = addresses
    }

    /// Reads the alternative names of a certificate. Its subject, and names of other kinds, do not identify a host (RFC
    /// 9525 §4.1).
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

    /// Whether the certificate is for this host: a name is compared with names, an address with addresses, byte by
    /// byte.
    func isFor(_ host: HostIdentity) -> Bool {
        switch host {
        case .address(let bytes): return addresses.contains(bytes)
        case .name(let name):
            let wanted = CertificateNames.labels(Array(name.utf8))
            // A host name with an empty label matches nothing, and an asterisk in it is not a wildcard.
            guard !wanted.contains([]), !wanted.contains([UInt8(ascii: "*")]) else { return false }
            return names.contains { CertificateNames.matches(CertificateNames.labels($0), wanted) }
        }
    }

    /// Compares label by label; `*` stands for exactly one whole label, the left-most, and never alone (RFC 9525 §6.3).
    private static func matches(_ presented: [[UInt8]], _ wanted: [[UInt8]]) -> Bool {
        guard presented.count == wanted.count else { return false }
        guard presented.first == [UInt8(ascii: "*")] else { return presented == wanted }
        return presented.count > 1 && presented.dropFirst() == wanted.dropFirst()
    }

    /// The labels with ASCII letters in lower case; a name in another script is compared in its ASCII form.
    private static func labels(_ name: [UInt8]) -> [[UInt8]] {
        name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
    }
}
