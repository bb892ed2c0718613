import ArgumentParser
import Client
import Foundation
import TestKit
import Testing
import Wire

@testable import belay

/// What the options of a batch run come to, where no run is long enough to show it.
@Suite("The manual of belay: options")
struct ArgumentTests {
    private func options(_ arguments: String...) throws -> BatchOptions {
        try BatchArguments.parse(arguments).options(server: "", resume: ResumeCommand(), folder: "/srv")
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

    @Test("permissions are by default denied, and rules come from a file")
    func permissions() throws {
        #expect(try options().permissions == .deny)
        #expect(try options("--permissions", "allow").permissions == .allow)
        let directory = try TemporaryDirectory("rules")
        let file = directory.path("rules.toml")
        for text in [
            "[[rules]]\naction = \"allow\"\nkinds = [\"edit\"]",
            "[[permissions.rules]]\naction = \"allow\"\nkinds = [\"edit\"]",
        ] {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(
                try options("--permissions", "rule:\(file)").permissions
                    == .rules([PermissionRule(.allow, kinds: [.edit])], folder: "/srv"))
        }
        for text in ["", "rules = 1", "[[rules]]\naction = \"maybe\"", "[[rules]]\nactions = \"allow\"", "["] {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(throws: ClientError.self) { try options("--permissions", "rule:\(file)") }
        }
        #expect(throws: ClientError.self) { try options("--permissions", "rule:\(directory.path("none"))") }
        #expect(throws: (any Error).self) { try options("--permissions", "rule:") }
        #expect(throws: (any Error).self) { try options("--permissions", "read") }
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
