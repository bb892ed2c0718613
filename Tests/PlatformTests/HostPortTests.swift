import Platform
import Testing

/// Hosts and ports as they stand in addresses (RFC 3986 §3.2, RFC 5952 §4, RFC 4343 §3).
@Suite struct HostPortTests {
    @Test(arguments: [
        ("localhost", "localhost"), ("Example.COM:443", "example.com:443"), ("example.com.", "example.com"),
        ("127.0.0.1:0", "127.0.0.1:0"), ("[::1]:8137", "[::1]:8137"), ("[::1]", "[::1]"),
        ("[2001:DB8:0:0:0:0:0:1]:1", "[2001:db8::1]:1"), ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[FE80::1%eth0]:80", "[fe80::1%eth0]:80"), ("9front.example:80", "9front.example:80"),
        ("a_b-c.d:65535", "a_b-c.d:65535"), ("[::FFFF:10.0.0.1]:5", "[::ffff:10.0.0.1]:5"),
    ])
    func areReadAndWrittenInOneWay(text: String, written: String) throws {
        let place = try #require(HostPort(parsing: text))
        #expect("\(place)" == written)
        #expect(HostPort(parsing: written) == place)
        #expect(HostPort(place.host, place.port) == place)
    }

    @Test(arguments: [
        "", ":80", "::1:8137", "::1", "fe80::1%eth0", "[::1", "::1]", "[::1]x", "[::1]:", "[127.0.0.1]:80", "[name]:80",
        "host:", "host:x", "host:65536", "host:-1", "host:+1", "host: 80", "host:٣", "ho st:80", "user@host:80",
        "host/path",
        "host?x", "host:80:80", "hóst:80", "[::1%]:80", "[::1%a/b]:80", "host\0:80", "[::1\0]:80", "[]:80",
        String(repeating: "x", count: 256),
    ])
    func whatIsNoPlaceIsRefused(text: String) { #expect(HostPort(parsing: text) == nil, "\(text)") }

    @Test func theZoneMeansNothingElsewhere() throws {
        #expect("\(try #require(HostPort(parsing: "[fe80::1%eth0]:80")).withoutZone)" == "[fe80::1]:80")
        #expect("\(HostPort("example.com", 80).withoutZone)" == "example.com:80")
    }
}
