import Testing
import Transport

/// Addresses of servers as people write them.
@Suite struct EndpointTests {
    @Test(arguments: [
        ("ws://host", "ws://host:80"), ("wss://host", "wss://host:443"), ("WSS://Host:8137", "wss://host:8137"),
        ("ws://127.0.0.1:8137/", "ws://127.0.0.1:8137"), ("ws://127.0.0.1:8137/acp", "ws://127.0.0.1:8137"),
        ("ws://[::1]:8137", "ws://[::1]:8137"), ("wss://[2001:DB8:0::1]", "wss://[2001:db8::1]:443"),
        ("unix:/run/belay/socket", "unix:/run/belay/socket"),
    ])
    func isRead(text: String, written: String) throws {
        let endpoint = try #require(Endpoint(text))
        #expect(endpoint.description == written)
        #expect(Endpoint(written) == endpoint, "what is written can be read")
        #expect(endpoint.isSecure == written.hasPrefix("wss"))
    }

    @Test(arguments: [
        "", "host", "host:80", "http://host", "ws://", "ws://:80", "ws://host:port", "ws://host:70000", "ws://host:-1",
        "ws://host/other", "ws://host/acp/more", "ws://host?token=secret", "ws://token@host", "ws://user:pass@host:80",
        "ws://[::1", "ws://[::1]x", "ws://a b", "ws://::1", "ws://host:+80", "unix:", "unix:relative",
    ])
    func isNone(text: String) { #expect(Endpoint(text) == nil) }

    @Test(arguments: [
        ("unix:/socket", true), ("ws://127.0.0.1:1", true), ("ws://127.8.8.8:1", true), ("ws://[::1]:1", true),
        ("ws://localhost:1", true), ("ws://LocalHost:1", true), ("ws://[::ffff:127.0.0.1]:1", true),
        ("wss://127.0.0.1", true), ("ws://127.999.1:1", false), ("ws://127.1:1", false), ("ws://127.:1", false),
        ("ws://127.evil.example:1", false), ("ws://localhost.evil.example:1", false),
        ("ws://[::ffff:128.0.0.1]:1", false), ("ws://127.example.org:1", false), ("ws://0.0.0.0:1", false),
        ("ws://[::]:1", false), ("wss://host", false),
    ])
    func onlyThisMachineReachesIt(text: String, isLocal: Bool) throws {
        let endpoint = try #require(Endpoint(text))
        #expect(endpoint.isLocal == isLocal)
    }
}
