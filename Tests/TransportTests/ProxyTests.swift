import NIOPosix
import TestKit
import Testing
import Wire

@testable import Transport

/// Proxies of the environment: read as others read them, and gone through with nothing told to them but the way.
@Suite struct ProxyTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func proxy(_ endpoint: String, _ environment: [String: String]) throws -> String? {
        try Proxies(environment: environment).proxy(for: try #require(Endpoint(endpoint)))?.description
    }

    @Test(arguments: [
        ("http://proxy.example:3128", "proxy.example:3128"), ("http://proxy.example", "proxy.example:80"),
        ("proxy.example:3128", "proxy.example:3128"), ("HTTP://Proxy.Example:3128/", "proxy.example:3128"),
        ("http://user:p%40ss@proxy.example:3128", "proxy.example:3128"), ("[::1]:3128", "[::1]:3128"),
        ("http://proxy.example/path", "proxy.example:80"),
        ("socks5://proxy.example", "proxy.example:1080"), ("socks5h://10.0.0.1:9050", "10.0.0.1:9050"),
        ("https://proxy.example", nil), ("socks5://user:x@proxy.example", nil), ("http://", nil), ("http://a:b:c", nil),
        ("::1:3128", nil), ("proxy example", nil), ("ftp://proxy", nil),
    ])
    func addresses(text: String, place: String?) { #expect(Proxy(text)?.description == place) }

    @Test func credentialsAreWhatProxyAuthorizationSays() {
        #expect(Proxy("http://user:p%40ss@proxy")?.authorization == "Basic dXNlcjpwQHNz")
        #expect(Proxy("http://user@proxy")?.authorization == "Basic dXNlcjo=")
        #expect(Proxy("http://a%:b%4@proxy")?.authorization == "Basic YSU6YiU0")
        #expect(Proxy("http://proxy")?.authorization == nil)
    }

    @Test func theVariableIsThatOfTheScheme() throws {
        let all = ["https_proxy": "s:1", "http_proxy": "h:2", "all_proxy": "a:3"]
        #expect(try proxy("wss://chat.example", all) == "s:1")
        #expect(try proxy("ws://chat.example", all) == "h:2")
        #expect(try proxy("ws://chat.example", ["https_proxy": "s:1", "ALL_PROXY": "a:3"]) == "a:3")
        #expect(try proxy("wss://chat.example", ["HTTPS_PROXY": "S:1"]) == "s:1")
        #expect(try proxy("wss://chat.example", ["HTTPS_PROXY": "S:1", "https_proxy": "t:1"]) == "t:1")
        #expect(try proxy("wss://chat.example", ["https_proxy": "", "all_proxy": "a:3"]) == "a:3")
        #expect(try proxy("ws://chat.example", ["http_proxy": "", "ALL_PROXY": "a:3"]) == "a:3")
        #expect(try proxy("ws://chat.example", ["http_proxy": "", "HTTP_PROXY": "h:2"]) == "h:2")
        #expect(try proxy("ws://chat.example", ["http_proxy": "h:2", "no_proxy": "", "NO_PROXY": "*"]) == nil)
        #expect(try proxy("ws://chat.example", ["HTTP_PROXY": "h:2"]) == "h:2")
        #expect(try proxy("ws://chat.example", ["HTTP_PROXY": "h:2", "REQUEST_METHOD": "GET"]) == nil)
        for here in ["ws://127.0.0.1:1", "ws://localhost:1", "ws://[::1]:1", "unix:/socket"] {
            #expect(try proxy(here, all) == nil, "\(here) is this machine")
        }
    }

    @Test(arguments: [
        ("*", "chat.example:1", true), ("chat.example", "chat.example:1", true),
        ("chat.example", "a.chat.example:1", true),
        ("chat.example", "achat.example:1", false), (".chat.example", "chat.example:1", true),
        ("*.chat.example", "a.chat.example:1", true), ("CHAT.example", "chat.EXAMPLE:1", true),
        ("chat.example:443", "chat.example:443", true), ("chat.example:443", "chat.example:80", false),
        ("other, chat.example", "chat.example:1", true), ("other chat.example", "chat.example:1", true),
        ("10.0.0.0/8", "10.2.3.4:1", true), ("10.0.0.0/8", "11.2.3.4:1", false), ("10.0.0.0/33", "10.0.0.0:1", false),
        ("10.2.3.4", "10.2.3.4:1", true), ("fe80::/10", "[fe80::1]:1", true),
        ("[2001:db8::1]", "[2001:db8:0::1]:1", true),
        ("[2001:db8::]/32", "[2001:db8:1::1]:1", true), ("[2001:db8::]/32", "[2001:db9::1]:1", false),
        ("*:443", "chat.example:443", true), ("*:443", "10.0.0.1:443", true), ("*:443", "chat.example:80", false),
        ("10.0.0.0/0", "[fe80::1]:1", false), ("", "chat.example:1", false), (",,", "chat.example:1", false),
    ])
    func exceptions(list: String, host: String, isDirect: Bool) throws {
        for name in ["no_proxy", "NO_PROXY"] {
            let proxy = try proxy("wss://\(host)", ["https_proxy": "proxy:1", name: list])
            #expect((proxy == nil) == isDirect, "\(list): \(host)")
        }
    }

    @Test func oneThatCannotBeReadIsSaidWithoutItsPassword() {
        do throws(DialError) {
            _ = try Proxies(environment: ["https_proxy": "https://user:secret@proxy"])
                .proxy(for: Endpoint(address: .host("chat.example", port: 443), isSecure: true))
            Issue.record("read")
        } catch {
            #expect("\(error)".contains("https_proxy") && !"\(error)".contains("secret"))
        }
    }

    @Test(arguments: [
        ("https://user:secret@proxy", "https"), ("socks4://proxy", "socks4"), ("socks5://me:secret@proxy", "SOCKS"),
        ("secret proxy", "http://HOST:PORT"),
    ])
    func whatIsNotSupportedIsSaidAndTheVariableNamed(value: String, words: String) {
        for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            let error = #expect(throws: DialError.self) { try proxy("wss://chat.example", [name: value]) }
            let message = error?.message ?? ""
            #expect(message.contains("the variable \(name) ") && message.contains(words), "\(message)")
            #expect(!message.contains("secret"))
        }
    }

    private func dial(
        _ host: String, through proxy: String, trusting file: String? = nil, allowsPlaintext: Bool = true
    ) async throws -> Heard {
        let request = Dialer.Request(
            endpoint: Endpoint(address: .host(host, port: 4_321), isSecure: file != nil), token: "secret",
            userAgent: "test", authorities: Authorities(additional: file), allowsPlaintext: allowsPlaintext,
            proxies: Proxies(environment: ["all_proxy": proxy]))
        return try await Heard.dial(request, on: loop)
    }

    @Test(arguments: ["http", "socks5"], [true, false])
    func theServerIsSpokenToThroughIt(kind: String, isSecure: Bool) async throws {
        let certificate = try Certificate(for: "chat.example")
        let context = try certificate.context()
        try await withListener(change: { if isSecure { $0.tls = ServingTLS(context) } }) { listener in
            let tunnel = try TunnelServer(to: listener.port)
            let user = kind == "http" ? "me:word@" : ""
            let heard = try await dial(
                "chat.example", through: "\(kind)://\(user)127.0.0.1:\(tunnel.port)",
                trusting: isSecure ? certificate.file : nil)
            heard.send(.request(.number(1), method: "m", params: [:]))
            #expect(await eventually { heard.messages.last == .response(.number(1), result: [:]) })
            #expect(listener.requests.first?.token == "secret")
            // The name is the proxy's to look up, and the token is not its business.
            let request = try #require(tunnel.requests.first)
            #expect(request.target == "chat.example:4321")
            if kind == "http" {
                #expect(Set(request.headers) == ["host: chat.example:4321", "proxy-authorization: basic bwu6d29yza=="])
            }
        }
    }

    @Test func aCertificateIsStillThatOfTheServer() async throws {
        let certificate = try Certificate(for: "elsewhere.example")
        let context = try certificate.context()
        try await withListener(change: { $0.tls = ServingTLS(context) }) { listener in
            let tunnel = try TunnelServer(to: listener.port)
            await #expect {
                _ = try await dial(
                    "chat.example", through: "http://127.0.0.1:\(tunnel.port)", trusting: certificate.file)
            } throws: { error in
                guard case DialError.untrusted(let message) = error else { return false }
                return message.contains("for another name (for elsewhere.example)")
            }
            #expect(listener.requests.isEmpty)
        }
    }

    /// A proxy on this machine leads beyond it, so plain text through it is plain text on the network.
    @Test func plainTextIsNotSentThroughItUnasked() async throws {
        try await withListener { listener in
            let tunnel = try TunnelServer(to: listener.port)
            await #expect {
                _ = try await dial(
                    "chat.example", through: "http://127.0.0.1:\(tunnel.port)", allowsPlaintext: false)
            } throws: { error in
                guard case DialError.untrusted(let message) = error else { return false }
                return message.contains("--insecure")
            }
            #expect(listener.requests.isEmpty)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "requires a user and a password"),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno\r\n",
            "refuses to connect to chat.example:4321 (HTTP 403)"
        ),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "refuses to connect to chat.example:4321 (HTTP 502)"),
        ("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "refuses to connect to chat.example:4321 (HTTP 302)"),
        ("HTTP/1.1 511 Login\r\n\r\n", "refuses to connect to chat.example:4321 (HTTP 511)"),
        ("SSH-2.0-OpenSSH\r\n", "the proxy 127.0.0.1:"), ("", "the proxy 127.0.0.1:"),
    ])
    func whatItRefusesIsTriedAgainAndSaid(answer: String, words: String) async throws {
        let tunnel = try TunnelServer(to: 1, answer: answer)
        await #expect {
            _ = try await dial("chat.example", through: "http://127.0.0.1:\(tunnel.port)")
        } throws: { error in
            guard case DialError.unreachable(let message) = error else { return false }
            return message.contains(words) && message.contains("127.0.0.1:\(tunnel.port)")
        }
    }

    @Test func oneThatIsNotThereIsNamed() async throws {
        let port = try #require(RefusingPort())
        await #expect {
            _ = try await dial("chat.example", through: "http://127.0.0.1:\(port.number)")
        } throws: { error in
            guard case DialError.unreachable(let message) = error else { return false }
            return message.contains("the proxy 127.0.0.1:\(port.number) cannot be reached")
        }
    }
}
