import Testing
import Transport

/// Addresses of servers as people write them.
@Suite struct EndpointTests {
    @Test(arguments: [
        ("ws://host", "ws://host:80"), ("wss://host", "wss://host:443"), ("WSS://Host:8137", "wss://host:8137"),
        ("ws://127.0.0.1:8137/", "ws://127.0.0.1:8137"), ("ws://127.0.0.1:8137/acp", "ws://127.0.0.1:8137"),
        ("ws://[::1]:8137", "ws://[::1]:8137"), ("wss://[2001:DB8:0::1]", "wss://[2001:db8::1]:443"),
        ("unix:/run/belay/socket", "unix:/run/belay/socket"), ("UNIX:/Run", "unix:/Run"),
        ("ws://example.test:", "ws://example.test:80"), ("wss://example.test:/", "wss://example.test:443"),
        ("ws://[::1]:/acp", "ws://[::1]:80"), ("ws://[fe80::1%25lo]:8137", "ws://[fe80::1%lo]:8137"),
        ("ws://[fe80::1%lo]:8137", "ws://[fe80::1%lo]:8137"), ("ws://[fe80::1%25250]:1", "ws://[fe80::1%25250]:1"),
        ("ws://[fe80::1%250]:1", "ws://[fe80::1%0]:1"),
        ("ws://xn--bcher-kva.example", "ws://xn--bcher-kva.example:80"), ("ws://a.:1", "ws://a:1"),
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
        "ws://.test", "ws://foo..test", "ws://foo..", "ws://.", "ws://host:0", "ws://host:00000", "ws://host::",
        "ws://\(String(repeating: "x", count: 64)).test", "ws://[::1]::", "ws://bücher.example",
    ])
    func isNone(text: String) { #expect(Endpoint(text) == nil) }

    @Test(arguments: [
        ("ws://user:secret@host/", "password"), ("ws://user:sec/ret@host", "password"), ("secret@host", "ws://"),
        ("ws://user:secret@[::1", "password"), ("wss://bücher.example", "xn--"), ("unix:secret", "absolute path"),
        ("ws://host:0", "1 to 65535"), ("ws://host?token=secret", "query"), ("http://secret", "wss://"),
        ("ws://secret..host", "invalid"),
    ])
    func saysWhatIsWrongWithoutAPassword(text: String, words: String) {
        let fault = #expect(throws: Endpoint.Fault.self) { try Endpoint(parsing: text) }
        let sentence = fault?.description ?? ""
        #expect(sentence.contains(words) && !sentence.contains("sec"), "\(sentence)")
    }

    @Test(arguments: [
        ("unix:/socket", true), ("ws://127.0.0.1:1", true), ("ws://127.8.8.8:1", true), ("ws://[::1]:1", true),
        ("ws://localhost:1", true), ("ws://LocalHost:1", true), ("ws://[::ffff:127.0.0.1]:1", true),
        ("wss://127.0.0.1", true), ("ws://127.999.1:1", false), ("ws://127.1:1", true), ("ws://127.:1", false),
        ("ws://0x7f000001:1", true), ("ws://2130706433:1", true), ("ws://127.0.1:1", true), ("ws://128.1:1", false),
        ("ws://foo.localhost:1", true), ("ws://foo.LOCALHOST.:1", true), ("ws://foolocalhost:1", false),
        ("ws://127.evil.example:1", false), ("ws://localhost.evil.example:1", false),
        ("ws://[::ffff:128.0.0.1]:1", false), ("ws://127.example.org:1", false), ("ws://0.0.0.0:1", false),
        ("ws://[::]:1", false), ("wss://host", false),
    ])
    func onlyThisMachineReachesIt(text: String, isLocal: Bool) throws {
        let endpoint = try #require(Endpoint(text))
        #expect(endpoint.isLocal == isLocal)
    }
}
