import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// What `belay(1)` says of a batch run's output and input, with the programs themselves.
@Suite("The manual of belay: batch", .serialized)
struct BatchManualTests {
    private static let question = "How does the retry policy choose its delay?"

    @Test("the connection is said, with -v the steps and tools as well, and with -q only why a run failed")
    func verbosity() async throws {
        for (options, isQuiet, isVerbose) in [
            ([], false, false), (["-q"], true, false), (["--quiet"], true, false), (["--verbose"], false, true),
        ] as [([String], Bool, Bool)] {
            let home = try Home()
            let gate = home.directory.path("gate")
            _ = FileManager.default.createFile(atPath: gate, contents: nil)
            // The server dies once in the middle of the answer: there is a loss and a resume to be said.
            let outcome = try await home.run(
                "belay", ["--batch"] + options + [Self.question],
                environment: ["BELAY_FAILPOINT": "librarian.step5.chunk=crash:\(gate)"])
            #expect(outcome.status == 0, "\(options): \(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: gate), "\(options): the server did not die")
            let lines = outcome.errors.split(separator: "\n")
            let hasLoss = lines.contains { $0.hasPrefix("belay: connection lost (") && $0.hasSuffix("; retrying") }
            let hasResume = lines.contains { $0.hasPrefix("belay: resumed after ") && $0.hasSuffix(" events replayed") }
            let hasStep = lines.contains { $0 == "belay: step 5 of 5: Write the answer" }
            let hasTool = lines.contains { $0.hasPrefix("belay: read Read ") && $0.hasSuffix(": completed") }
            #expect(hasLoss == !isQuiet && hasResume == !isQuiet, "\(options): \(outcome.errors)")
            #expect(hasStep == isVerbose && hasTool == isVerbose, "\(options): \(outcome.errors)")
            if isQuiet { #expect(lines.isEmpty, "\(options)") }
        }
        let home = try Home()
        let nowhere = "unix:" + home.directory.path("nowhere")
        let failed = try await home.batch("-q", "--server", nowhere, "--max-offline", "0", "hello")
        #expect(failed.status == 75)
        #expect(failed.errors.split(separator: "\n").count == 1, "\(failed.errors)")
        #expect(failed.errors.contains("the prompt is safe"), "\(failed.errors)")
    }

    @Test("what nobody can see is left out of text, escaped in JSON, and kept by --raw and in the file of -O")
    func raw() async throws {
        let home = try Home()
        let file = home.directory.path("answer")
        // The librarian makes control characters visible itself; what draws nothing it leaves to the client.
        let prompt = "remember that the colour is gre\u{200B}en"
        let kept = "I will remember `colour`: gre\u{200B}en.\n"
        let text = try await home.batch("-O", file, prompt)
        #expect(text.output == "I will remember `colour`: green.\n", "\(text.errors)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == kept)
        #expect(try await home.batch("--raw", prompt).output == kept)
        for form in ["json", "jsonl"] {
            let output = try await home.batch("-o", form, "--raw", prompt).output
            #expect(output.contains(#"gre\u200ben"#), "\(output)")
            #expect(!output.unicodeScalars.contains("\u{200B}"))
        }
    }

    @Test("--stream adds the pieces of the answer to jsonl; --separator stands between answers that are whole")
    func stream() async throws {
        let home = try Home()
        func lines(_ options: String...) async throws -> [JSON] {
            let outcome = try await home.run("belay", ["--batch"] + options + [Self.question])
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try outcome.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
        }
        func texts(_ type: String, _ lines: [JSON]) -> [String] {
            lines.filter { $0["type"]?.string == type }.compactMap { $0["text"]?.string }
        }
        let whole = try await lines("--output", "jsonl")
        #expect(texts("message", whole).count == 1)
        #expect(texts("message.delta", whole).isEmpty)
        let streamed = try await lines("--output-format", "stream-json", "--stream")
        // The server joins what is said within a tenth of a second, so a short answer may be one piece.
        #expect(!texts("message.delta", streamed).isEmpty)
        #expect([texts("message.delta", streamed).joined()] == texts("message", whole))
        #expect(texts("message", streamed) == texts("message", whole))

        let apart = try await home.batch("-e", "hello", "-e", "thanks", "--separator", "== next ==").output
        let answers = apart.components(separatedBy: "\n== next ==\n")
        #expect(answers.count == 2 && answers.last == "You are welcome.\n", "\(apart)")
        let together = try await home.batch(
            "-e", "hello", "-e", "thanks", "--separator", "== next ==", "--stream"
        ).output
        #expect(together == answers.joined(separator: "\n"), "with --stream there is none")
    }

    @Test("64 MiB of the standard input or of a file are read, and more is refused")
    func inputBound() async throws {
        let home = try Home()
        let file = home.directory.path("input")
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        // Program and arguments as they are, but with this file as the standard input.
        let fromFile = ["sh", "-c", "exec \"$@\" < '\(file)'", "sh"]
        for (bytes, words) in [(64 << 20, "67108864 bytes"), ((64 << 20) + 1, "more than 64 MiB")] {
            // A sparse file, which takes no space on the disk.
            try #require(truncate(file, bytes) == 0)
            for (options, prefix) in [
                (["-f", file], []), (["-f", "-"], fromFile), (["--input", "text"], fromFile),
            ] as [([String], [String])] {
                let outcome = try await home.run("belay", ["--batch"] + options, prefix: prefix)
                #expect(outcome.status == 65, "\(options): \(outcome.errors)")
                #expect(outcome.errors.contains(words), "\(options): \(outcome.errors)")
                #expect(outcome.output.isEmpty)
            }
        }
    }
}
