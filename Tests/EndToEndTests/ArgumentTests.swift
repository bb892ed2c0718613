import ArgumentParser
import Client
import Testing

@testable import belay

/// What the options of a batch run come to, where no run is long enough to show it.
@Suite("The manual of belay: options")
struct ArgumentTests {
    private func options(_ arguments: String...) throws -> BatchOptions {
        try BatchArguments.parse(arguments).options(server: "", resume: ResumeCommand())
    }

    @Test("a connection is waited for five minutes and a run has no end, unless told")
    func times() throws {
        let untold = try options()
        #expect(untold.offlineMaximum == .seconds(300))
        #expect(untold.timeout == nil)
        for (text, time) in [
            ("0", Duration.zero), ("90", .seconds(90)), ("250ms", .milliseconds(250)), ("90s", .seconds(90)),
            ("5m", .seconds(300)), ("2h", .seconds(7_200)), ("1d", .seconds(86_400)),
        ] {
            #expect(try options("--max-offline", text).offlineMaximum == time)
            #expect(try options("--timeout", text).timeout == time)
        }
        let patient = try options("--max-offline", "inf")
        #expect(patient.offlineMaximum == nil)
    }

    @Test("every form of output has its names")
    func forms() throws {
        #expect(try options().format == .text)
        for name in ["-o", "--output", "--output-format"] {
            #expect(try options(name, "text").format == .text)
            #expect(try options(name, "json").format == .json)
            #expect(try options(name, "jsonl").format == .jsonl)
            #expect(try options(name, "stream-json").format == .jsonl)
        }
    }
}
