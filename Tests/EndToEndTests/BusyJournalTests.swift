import Foundation
import ProgramKit
import TestKit
import Testing

/// `belayd token` beside a server whose journal another process is writing to: it waits, and says so when that was
/// in vain.
@Suite("A busy journal", .serialized)
struct BusyJournalTests {
    /// What a transaction of another program does to a journal.
    private static let script = """
        import sqlite3, sys, time
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        time.sleep(int(sys.argv[2]))
        """

    /// Holds the journal of a data folder for so many seconds.
    private func hold(_ data: String, seconds: Int, in home: Home) async throws -> Child {
        let output = home.directory.path("holder")
        let child = try Child(
            ["python3", "-c", Self.script, data + "/journal.db", "\(seconds)"], environment: home.environment,
            directory: home.shop, files: ("/dev/null", output, output + ".errors"))
        @Sendable func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        #expect(await eventually(within: .seconds(20)) { text(output) == "held\n" }, "\(text(output + ".errors"))")
        return child
    }

    @Test("a short transaction is waited for")
    func short() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        let holder = try await hold(data, seconds: 1, in: home)
        defer { holder.killAndWait() }
        async let making = home.run("belayd", ["token", "create", "--user", "alice", "--data", data])
        async let listing = home.run("belayd", ["token", "list", "--data", data])
        let (made, listed) = (try await making, try await listing)
        #expect(made.status == 0, "\(made.errors)")
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(await holder.wait() == 0)
        let token = made.output.trimmingCharacters(in: .newlines)
        let alice = try Home(["BELAY_TOKEN": token])
        let answer = try await alice.batch("--server", server.url, "--directory", home.shop, "hello")
        #expect(answer.status == 0, "what was printed is good: \(answer.errors)")
        withExtendedLifetime(server) {}
    }

    @Test("a long one is said in time, with the code of a journal that cannot be written")
    func long() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data])
        let before = try await home.run("belayd", ["token", "create", "--user", "bob", "--data", data])
        #expect(before.status == 0, "\(before.errors)")
        let holder = try await hold(data, seconds: 60, in: home)
        defer { holder.killAndWait() }
        let begun = ContinuousClock.now
        async let making = home.run("belayd", ["token", "create", "--user", "alice", "--data", data])
        async let revoking = home.run("belayd", ["token", "revoke", "nobody", "--data", data])
        async let listing = home.run("belayd", ["token", "list", "--data", data])
        let (made, revoked, listed) = (try await making, try await revoking, try await listing)
        #expect(ContinuousClock.now - begun < .seconds(20), "five seconds of patience")
        for outcome in [made, revoked] {
            #expect(outcome.status == 74, "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1 && outcome.errors.hasPrefix("belayd: "))
            #expect(outcome.output.isEmpty, "a token that was not stored is not shown")
        }
        #expect(listed.status == 0, "whoever reads waits for nobody: \(listed.errors)")
        #expect(listed.output.split(separator: "\n").count == 1)

        holder.killAndWait()
        let after = try await home.run("belayd", ["token", "create", "--user", "alice", "--data", data])
        #expect(after.status == 0, "\(after.errors)")
        withExtendedLifetime(server) {}
    }
}
