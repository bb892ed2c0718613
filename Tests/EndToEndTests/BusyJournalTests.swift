import Foundation
import ProgramKit
import TestKit
import Testing

/// `belayd token` beside a server whose journal another process is writing to: it waits, and says so when that was
/// in vain.
@Suite("A busy journal", .serialized)
struct BusyJournalTests {
    /// What a transaction of another program does to a journal. It ends when somebody has opened and closed a pipe.
    private static let script = """
        import sqlite3, sys
        connection = sqlite3.connect(sys.argv[1], isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        open(sys.argv[2]).read()
        """

    /// The pipe that ends the transaction.
    private func pipe(of home: Home) -> String { home.directory.path("holder.pipe") }

    /// Holds the journal of a data folder.
    private func hold(_ data: String, in home: Home) async throws -> Child {
        let output = home.directory.path("holder")
        try #require(mkfifo(pipe(of: home), 0o600) == 0)
        let child = try Child(
            ["python3", "-c", Self.script, data + "/journal.db", pipe(of: home)], environment: home.environment,
            directory: home.shop, files: ("/dev/null", output, output + ".errors"))
        @Sendable func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        #expect(await eventually { text(output) == "held\n" }, "\(text(output + ".errors"))")
        return child
    }

    /// Whether a process has this file open.
    private func hasOpen(_ file: String, _ process: pid_t) -> Bool {
        let files = FileManager.default
        let numbers = (try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
        return numbers.contains { (try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")) == file }
    }

    @Test("a short transaction is waited for")
    func short() async throws {
        let home = try Home()
        let data = home.directory.path("data")
        let server = try await Server(home, ["serve", "--listen", "127.0.0.1:0", "--data", data, "--root", home.shop])
        let holder = try await hold(data, in: home)
        defer { holder.killAndWait() }
        let output = home.directory.path("made")
        let making = try Child(
            ["\(Home.programs)/belayd", "token", "create", "--user", "alice", "--data", data],
            environment: home.environment, directory: home.shop, files: ("/dev/null", output, output + ".errors"))
        defer { making.killAndWait() }
        // It has the journal open, and sleeps and tries, again and again.
        #expect(await eventually { hasOpen(data + "/journal.db", making.process) })
        let before = SleepCount.of(process: making.process)
        #expect(await eventually { SleepCount.of(process: making.process) >= before + 10 }, "it waits")
        // A pipe can be opened for writing without waiting only when somebody has it open for reading.
        #expect(
            await eventually {
                let writer = open(pipe(of: home), O_WRONLY | O_NONBLOCK)
                return writer >= 0 && close(writer) == 0
            })
        #expect(await holder.wait() == 0)
        #expect(await making.wait() == 0)
        let listed = try await home.run("belayd", ["token", "list", "--data", data])
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(listed.output.split(separator: "\n").count == 1)
        let token = try String(contentsOfFile: output, encoding: .utf8).trimmingCharacters(in: .newlines)
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
        let holder = try await hold(data, in: home)
        defer { holder.killAndWait() }
        // The transaction does not end before they do: whoever waited for it would not end at all.
        async let making = home.run("belayd", ["token", "create", "--user", "alice", "--data", data])
        async let revoking = home.run("belayd", ["token", "revoke", "nobody", "--data", data])
        async let listing = home.run("belayd", ["token", "list", "--data", data])
        let (made, revoked, listed) = (try await making, try await revoking, try await listing)
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
