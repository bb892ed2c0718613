import Platform
import Testing

@testable import Transport

/// Names and addresses, and which of them a certificate is for: RFC 9525, without a connection.
@Suite struct CertificateNamesTests {
    private static let v6: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]
    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1]

    @Test(arguments: [
        ("127.0.0.1", HostIdentity.address([127, 0, 0, 1])), ("255.255.255.255", .address([255, 255, 255, 255])),
        ("2001:db8::1", .address(v6)), ("2001:DB8:0::1%eth0", .address(v6)), ("::ffff:127.0.0.1", .address(mapped)),
        ("9front.example", .name("9front.example")), ("127.example", .name("127.example")), ("127.1", .name("127.1")),
        ("127.0.0.256", .name("127.0.0.256")), ("127.0.0.1.", .name("127.0.0.1")), ("0x7f.0.0.1", .name("0x7f.0.0.1")),
        ("127.0.0.01", .name("127.0.0.01")), ("2130706433", .name("2130706433")), ("1::2::3", .name("1::2::3")),
        ("127.0.0.1\0.example", .name("127.0.0.1\0.example")), ("Host.Example.", .name("Host.Example")),
        ("127.0.0.1%eth0", .name("127.0.0.1%eth0")), ("", .name("")),
    ])
    func aHostIsAnAddressOrAName(host: String, identity: HostIdentity) { #expect(HostIdentity(host) == identity) }

    @Test(arguments: [
        ("localhost", true), ("LocalHost.", true), ("127.0.0.1", true), ("127.255.255.254", true), ("::1", true),
        ("::1%lo", true), ("::ffff:127.9.9.9", true), ("0:0:0:0:0:0:0:1", true), ("128.0.0.1", false),
        ("126.255.255.255", false), ("::", false), ("::2", false), ("0.0.0.0", false), ("::ffff:126.0.0.1", false),
        ("::127.0.0.1", false), ("64:ff9b::7f00:1", false), ("127.1", true), ("127.999.1", false),
        ("127.evil.example", false), ("localhost.example", false), ("127.0.0.1.evil.example", false), ("", false),
    ])
    func thisMachineIsKnownByItsAddress(host: String, isLoopback: Bool) {
        #expect(HostIdentity(host).isLoopback == isLoopback)
    }

    private func certificate(_ names: [String], _ addresses: [[UInt8]] = []) -> CertificateNames {
        CertificateNames(names: names.map { Array($0.utf8) }, addresses: addresses)
    }

    @Test(arguments: [
        ("host.example", "host.example", true), ("HOST.example", "host.EXAMPLE", true),
        ("host.example.", "host.example", true), ("9front.example", "9front.example", true),
        ("a.host.example", "host.example", false), ("host.example", "a.host.example", false),
        ("host.example", "host.exampl", false), ("host.example", "", false), ("", "", false),
        ("host.example\0.evil", "host.example", false), ("host.example", "host.example\0.evil", false),
        // A wildcard is one label, whole, and the left-most.
        ("a.example", "*.example", true), ("A.Example", "*.eXample", true), ("a.b.example", "*.example", false),
        ("example", "*.example", false), (".example", "*.example", false), ("a.b.example", "*.*.example", false),
        ("a.b.example", "a.*.example", false), ("a.b", "a.*", false), ("abc.example", "a*.example", false),
        ("abc.example", "*c.example", false), ("abc.example", "a*c.example", false), ("localhost", "*", false),
        ("*.example", "*.example", false), ("xn--bcher-kva.example", "xn--bcher-kva.example", true),
        ("bücher.example", "xn--bcher-kva.example", false),
        // Only ASCII's letters have two forms.
        ("\u{212A}.example", "k.example", false),
        // An address in the place of a name is none.
        ("127.0.0.1", "127.0.0.1", false), ("127.0.0.1", "*.0.0.1", false), ("2001:db8::1", "2001:db8::1", false),
    ])
    func aNameIsMatchedByNames(host: String, presented: String, isMatched: Bool) {
        #expect(certificate([presented]).isFor(HostIdentity(host)) == isMatched)
        #expect(certificate(["other.invalid", presented], [[10, 0, 0, 1]]).isFor(HostIdentity(host)) == isMatched)
    }

    @Test(
        arguments: [
            ("127.0.0.1", [127, 0, 0, 1], true), ("127.0.0.1", [127, 0, 0, 2], false),
            ("127.0.0.1", [127, 0, 0], false),
            ("127.0.0.1", mapped, false), ("::ffff:127.0.0.1", [127, 0, 0, 1], false),
            ("::ffff:127.0.0.1", mapped, true),
            ("2001:db8::1", v6, true), ("2001:db8::1%2", v6, true), ("2001:db8::2", v6, false),
            ("localhost", mapped, false),
            ("localhost", [127, 0, 0, 1], false), ("127.1", [127, 0, 0, 1], false),
        ] as [(String, [UInt8], Bool)])
    func anAddressIsMatchedByAddressesByteForByte(host: String, presented: [UInt8], isMatched: Bool) {
        #expect(certificate([], [presented]).isFor(HostIdentity(host)) == isMatched)
        // The same bytes as a name mean nothing for an address.
        let asName = CertificateNames(names: [presented])
        #expect(!asName.isFor(HostIdentity(host)))
    }

    @Test func oneOfManyIsEnoughAndNoneIsNone() {
        let many = certificate(["a.example", "*.b.example"], [[10, 0, 0, 1], Self.v6])
        for host in ["a.example", "x.b.example", "10.0.0.1", "2001:db8::1"] { #expect(many.isFor(HostIdentity(host))) }
        #expect(!many.isFor(HostIdentity("b.example")))
        #expect(!CertificateNames().isFor(HostIdentity("a.example")))
    }
}
