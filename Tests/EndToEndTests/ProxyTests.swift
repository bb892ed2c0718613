import Foundation
import ProgramKit
import TestKit
import Testing

/// `belay proxy` as a person and as a script use it.
@Suite("The proxy", .serialized)
struct ProxyTests {
    @Test("keys through a pipe change the network between a client and a server")
    func pipe() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let token = try await home.run("belayd", ["token", "create", "--user", "u", "--data", data])
        let user = try Home(["BELAY_TOKEN": token.output.trimmingCharacters(in: .newlines)])
        let server = try await Server(
            home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", user.shop])
        let proxy = try await PipedProxy(user, ["--to", server.address])
        let screen = try Screen(user, columns: 200, arguments: ["--server", "ws://\(proxy.address)"])
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(sources(at: server) == ["127.0.0.1"])
        #expect(await proxy.says("#1 opened from 127.0.0.1"))

        try proxy.type("c")
        #expect(await proxy.says("c: cut 1 connection"))
        #expect(await proxy.says("#1 ended: "))
        #expect(await screen.shows("↻"), "\(screen.text)")

        for address in ["127.0.0.2", "127.0.0.3"] {
            try proxy.type("s")
            #expect(await proxy.says("s: new connections come from \(address)"))
            #expect(await eventually { sources(at: server) == [address] }, "\(sources(at: server))")
            #expect(await proxy.says("opened from \(address)"))
        }

        try proxy.type("p")
        #expect(await screen.shows("captive portal"), "\(screen.text)")
        #expect(await proxy.says("turned away"))
        try proxy.type("h")
        #expect(await proxy.says("h: healed"))
        try screen.press("F5")
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(await eventually { sources(at: server) == ["127.0.0.3"] }, "healing leaves the address")

        // Actions of a plan can be written as well, and what is neither is said.
        try proxy.type("delay 300ms")
        #expect(await proxy.says("each byte is delayed by 300 ms"))
        try proxy.type("d")
        #expect(await proxy.says("d: each byte is delayed by 1 s"))
        try proxy.type("blackhole sideways")
        #expect(await proxy.says("'sideways' is not a direction; allowed are toClient, toServer and both"))
        try proxy.type("x")
        #expect(await proxy.says("'x' is not a key"))
        try proxy.type("?")
        #expect(await proxy.says("throttle to 1 kB a second"))
        try proxy.type("q")
        #expect(await proxy.child.wait() == 0)
        #expect(await screen.shows("◌ offline"), "\(screen.text)")
    }

    @Test("a plan is followed, and the end of the input is not the end")
    func plan() async throws {
        let home = try Home()
        #expect(try await home.batch("hello").status == 0)
        let plan = home.directory.path("plan")
        try "at 100 bytes cut # in the 101\n+50ms delay 20ms\n100ms heal\n".write(
            toFile: plan, atomically: true, encoding: .utf8)
        let socket = home.directory.path("state/belay/server/belayd.sock")
        let proxy = try await PipedProxy(home, ["--to", "unix:\(socket)", "--plan", plan], hasKeys: false)
        #expect(await proxy.says("plan: each connection is cut after 100 bytes to its client"))
        #expect(await proxy.says("plan: each byte is delayed by 20 ms, each way"))
        #expect(await proxy.says("plan: healed"))
        let outcome = try await home.batch("--server", "ws://\(proxy.address)", "hello")
        #expect(outcome.status == 0, "\(outcome.errors)")
        kill(proxy.child.process, SIGTERM)
        #expect(await proxy.child.wait() == 128 + SIGTERM)
    }

    @Test("on a terminal: single keys, a status that is current, and the terminal given back", arguments: ["q", "C-c"])
    func terminal(key: String) async throws {
        let home = try Home()
        let proxy = "\(Home.programs)/belay proxy --to 127.0.0.1:1"
        // The shell goes on after an interrupt, and shows the modes of the terminal before and after.
        let screen = try Screen(
            home, columns: 120, command: "trap : INT; stty -g; \(proxy); echo \"[$?]\"; stty -g; echo over")
        #expect(await screen.shows("0 open, 0 so far | nothing is wrong"), "\(screen.text)")
        let port = try #require(screen.text.firstMatch(of: /listening on 127.0.0.1:([0-9]+)/)?.output.1)
        for (key, status) in [
            ("b", "| blackhole both ways |"), ("d", "| blackhole both ways, 50 ms delay |"),
            ("h", "| nothing is wrong |"), ("t", "| 1.0 kB/s |"), ("s", "| from 127.0.0.2 |"),
            ("p", "| captive portal, 1.0 kB/s |"), ("h", "| nothing is wrong | from 127.0.0.2 |"),
        ] {
            try screen.press(key)
            #expect(await screen.shows(status), "\(key): \(screen.text)")
        }
        let gone = try await home.batch("--server", "ws://127.0.0.1:\(port)", "--max-offline", "0", "hello")
        #expect(gone.status == 75)
        #expect(await screen.shows { $0.contains(/0 open, [1-9] so far/) }, "\(screen.text)")
        #expect(await screen.shows("#1 the server cannot be reached: "), "\(screen.text)")
        try screen.press("?")
        #expect(await screen.shows("switch the source address"), "\(screen.text)")
        try screen.press(key)
        #expect(await screen.shows(key == "q" ? "[0]" : "[130]"), "\(screen.text)")
        #expect(await screen.shows("over"))
        let modes = screen.text.split(separator: "\n").filter { $0.count(where: { $0 == ":" }) > 20 }
        #expect(modes.count == 2 && modes.first == modes.last, "\(screen.text)")
        #expect(!screen.text.contains("so far"), "the status goes with the program")
    }

    @Test("an output that cannot be written ends it")
    func lostOutput() async throws {
        let home = try Home()
        let pipe = home.directory.path("pipe")
        mkfifo(pipe, 0o600)
        for (redirection, status) in [
            (">/dev/full", 74), (">&-", 74), ("9<>\(pipe) >\(pipe) 9<&-", 128 + SIGPIPE),
        ] as [(String, Int32)] {
            let outcome = try await home.run(
                "belay", ["proxy", "--to", "127.0.0.1:1"], prefix: ["sh", "-c", "exec \"$@\" \(redirection)", "sh"])
            #expect(outcome.status == status, "\(redirection): \(outcome.errors)")
        }
    }

    @Test("what cannot work is refused in one sentence")
    func refusals() async throws {
        let home = try Home()
        let plan = home.directory.path("plan")
        try "1s cut\n2s explode\n".write(toFile: plan, atomically: true, encoding: .utf8)
        let long = home.directory.path("long")
        _ = FileManager.default.createFile(atPath: long, contents: nil)
        try #require(truncate(long, 1 << 20 + 1) == 0)
        let taken = try await PipedProxy(home, ["--to", "127.0.0.1:1"])
        for (arguments, status, words) in [
            (["--to", "nowhere"], 64, "--to needs HOST:PORT or unix:PATH"),
            (["--to", "127.0.0.1:1", "--listen", "here"], 64, "--listen needs HOST:PORT"),
            (["--to", "unix:/s", "--listen", "0.0.0.0:0"], 64, "is proxied on loopback only"),
            (["--to", "127.0.0.1:1", "--plan", "nowhere"], 66, "cannot read nowhere"),
            (["--to", "127.0.0.1:1", "--plan", long], 66, "File too large"),
            (
                ["--to", "127.0.0.1:1", "--plan", plan], 65,
                "line 2: 'explode' is not an action; allowed are cut, reset"
            ),
            (["--to", "127.0.0.1:1", "--listen", taken.address], 69, "Address already in use"),
        ] as [([String], Int32, String)] {
            let outcome = try await home.run("belay", ["proxy"] + arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
        // The source address of a connection to a Unix socket is nothing that can be switched.
        let unix = try await PipedProxy(home, ["--to", "unix:/nowhere"])
        try unix.type("s")
        #expect(await unix.says("there is no other address to reach it from"))
    }

    /// Where the server's connections come from.
    private func sources(at server: Server) -> [String] {
        let port = Int(server.address.split(separator: ":").last ?? "") ?? 0
        return TCPTable.rows(of: server.process).filter { $0.localPort == port && $0.isEstablished }.map(\.remote)
    }
}

/// `belay proxy` that gets its keys through a pipe.
private final class PipedProxy: Sendable {
    let child: Child
    private let output: String
    private let input: Int32

    /// Starts one; without keys its input has ended before it begins.
    init(_ home: Home, _ arguments: [String], hasKeys: Bool = true) async throws {
        let name = home.directory.path("proxy-\(UUID().uuidString)")
        mkfifo(name + ".in", 0o600)
        // Both ways, so that neither side waits for the other to open it.
        input = open(name + ".in", O_RDWR | O_CLOEXEC)
        output = name + ".out"
        child = try Child(
            ["\(Home.programs)/belay", "proxy"] + arguments, environment: home.environment, directory: home.shop,
            files: (hasKeys ? name + ".in" : "/dev/null", output, name + ".err"))
        #expect(await says("listening on "))
    }

    deinit {
        child.killAndWait()
        close(input)
    }

    /// Where it listens.
    var address: String { text.firstMatch(of: /listening on ([^ ,]+)/).map { String($0.output.1) } ?? "" }

    private var text: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    func says(_ words: String) async -> Bool {
        await eventually { self.text.contains(words) }
    }

    func type(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        #expect(write(input, bytes, bytes.count) == bytes.count)
    }
}
