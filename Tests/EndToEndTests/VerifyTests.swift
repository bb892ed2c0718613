import Foundation
import ProgramKit
import TestKit
import Testing

/// `belay verify` as its user runs it, against a server that was started by hand.
@Suite("Verify", .serialized)
struct VerifyTests {
    @Test("the five cases hold against a server that was started by hand, and the exit code says so")
    func started() async throws {
        let home = try Home()
        let (data, settings) = (home.directory.path("data"), home.directory.path("belayd.toml"))
        try "[sessions]\nbrief = \"2s\"\nexpire = \"5s\"\n".write(toFile: settings, atomically: true, encoding: .utf8)
        let made = try await home.run("belayd", ["token", "create", "--user", "alice", "--data", data])
        var server: Server? = try await Server(
            home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--config", settings, "--root", home.shop])
        let url = try #require(server?.url)
        let login = try await home.run("belay", ["login", "--server", url], input: Data(made.output.utf8))
        #expect(login.status == 0, "\(login.errors)")

        let (xml, page) = (home.directory.path("report.xml"), home.directory.path("report.html"))
        let run = try await home.run(
            "belay", ["verify", "--server", url, "--quick", "--json", "--junit", xml, "--html", page])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(report["passed"] as? Bool == true)
        #expect((report["cases"] as? [Any])?.count == 5)
        #expect((report["counts"] as? [String: Int])?["notMeasurable"] == 0, "the server's process is found")
        #expect((report["shortened"] as? [Any])?.isEmpty == false)
        #expect(run.output.contains("(belayd)"))
        #expect(run.errors.contains("case 5"), "what takes long is said")
        #expect(try String(contentsOfFile: xml, encoding: .utf8).contains(#"failures="0""#))
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("All "))

        let refused = try await home.run("belay", ["verify", "--server", "ws://localhost:\(port(of: url))"])
        #expect(refused.status == 77, "there is no token for that name: \(refused.errors)")
        server = nil
        let gone = try await home.run("belay", ["verify", "--server", url, "--quick"])
        #expect(gone.status == 69)
        #expect(gone.errors.split(separator: "\n").count == 1, "\(gone.errors)")
        for wrong in [["verify"], ["verify", "--server", url, "--directory", "here"], ["verify", "--sever", url]] {
            #expect(try await home.run("belay", wrong).status == 64)
        }
    }

    @Test("a criterion that does not hold is shown, and the exit code is 1")
    func failing() async throws {
        let home = try Home()
        let (socket, settings) = (home.directory.path("s"), home.directory.path("belayd.toml"))
        // Nobody is away for less than nothing, so no return is brief.
        try "[sessions]\nbrief = \"0s\"\nexpire = \"2s\"\n".write(toFile: settings, atomically: true, encoding: .utf8)
        let server = try await Server(
            home, ["serve", "--socket", socket, "--data", home.directory.path("data"), "--config", settings])
        let run = try await home.run("belay", ["verify", "--server", server.url, "--quick"])
        #expect(run.status == 1, "\(run.errors)")
        let failed = run.output.split(separator: "\n").filter { $0.hasSuffix("FAIL") }
        #expect(failed.count == 1)
        #expect(failed.first?.contains("brief, 0 ms: tier") == true, "\(run.output)")
        #expect(run.output.contains("could not be measured here"), "a Unix socket has no addresses")
        #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains(home.directory.path) })
        #expect(!run.output.contains("\u{1B}"))
        #expect(run.errors.contains("are kept"))
    }

    @Test("a server whose replays leave an entry out fails, visibly")
    func broken() async throws {
        let home = try Home(["BELAY_FAILPOINT": "server.replay=drop"])
        let (socket, settings) = (home.directory.path("s"), home.directory.path("belayd.toml"))
        try "[sessions]\nbrief = \"1s\"\nexpire = \"3s\"\n".write(toFile: settings, atomically: true, encoding: .utf8)
        let server = try await Server(
            home, ["serve", "--socket", socket, "--data", home.directory.path("data"), "--config", settings])
        let run = try await home.run("belay", ["verify", "--server", server.url, "--quick"])
        #expect(run.status == 1, "\(run.errors)")
        let failed = run.output.split(separator: "\n").filter { $0.hasSuffix("FAIL") }
        #expect(failed.contains { $0.contains("entries missing or sent twice") }, "\(run.output)")
        #expect(failed.contains { $0.contains("consistency over 10 cycles") }, "\(run.output)")
    }

    private func port(of url: String) -> String { String(url.split(separator: ":").last ?? "") }
}
