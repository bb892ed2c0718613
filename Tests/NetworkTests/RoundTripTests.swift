import Foundation
import ProgramKit
import TestKit
import Testing

/// The round trips that a resume takes, counted on a link whose delay is known.
@Suite("Round trips", .serialized, .enabled(if: Machine.hasNetworks))
struct RoundTripTests {
    @Test("a resume takes two round trips, and three with TLS")
    func roundTrips() async throws {
        let folder = try TemporaryDirectory("round-trips")
        let script = Repository.root.appendingPathComponent("Tests/Benchmarks/resume_rtt.py").path
        let environment = ProcessInfo.processInfo.environment
        let child = try Child(
            ["python3", "-B", script, Home.programs, "--rtt", "50,250", "--busy"],
            environment: ["PATH": environment["PATH"] ?? "/usr/bin:/bin", "TMPDIR": environment["TMPDIR"] ?? "/tmp"],
            directory: folder.path, files: ("/dev/null", folder.path("out"), folder.path("err")))
        let status = await child.wait(within: .seconds(1_800))
        let output = (try? String(contentsOfFile: folder.path("out"), encoding: .utf8)) ?? ""
        let errors = (try? String(contentsOfFile: folder.path("err"), encoding: .utf8)) ?? ""
        print(output, terminator: "")
        #expect(status == 0, "\(output)\(errors)")
        #expect(output.contains("figure: resume wss ") || output.hasPrefix("skipped:"))
    }
}
