import ProgramKit
import TestKit
import Testing

/// A file system's names are bytes: one that is not UTF-8 is refused, and never repaired into another name.
@Suite("Names that are not UTF-8", .timeLimit(.minutes(1)))
struct ProgramTextTests {
    @Test(
        "arguments, variables and the current folder are refused in a line",
        arguments: [
            ("belay", "exec \"$1\" --batch -f \"$(printf 'q\\351.txt')\"", 64, "argument 3"),
            ("belay", "exec \"$1\" --batch -O \"$(printf 'q\\351.txt')\" q", 64, "argument 3"),
            ("belay", "HOME=\"$(printf '/tmp/b\\351')\" exec \"$1\" sessions", 78, "HOME"),
            ("belay", "XDG_STATE_HOME=\"$(printf '/tmp/b\\351')\" exec \"$1\" --batch q", 78, "XDG_STATE_HOME"),
            ("belay", "d=$(printf 'c\\351d'); mkdir \"$d\"; cd \"$d\"; exec \"$1\" sessions", 78, "current folder"),
            ("belayd", "exec \"$1\" serve --data \"$(printf 'd\\351')\"", 64, "argument 3"),
            ("belayd", "env XDG_STATE_HOME=\"$(printf '\\351')\" \"$1\" --version", 78, "XDG_STATE_HOME"),
        ] as [(String, String, Int32, String)])
    func refused(program: String, script: String, status: Int32, words: String) async throws {
        let home = try Home()
        let outcome = try await home.run(program, [], prefix: ["sh", "-c", script, "sh"])
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("\(program): ") && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.errors.contains("is not UTF-8"), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test("variables that are not read may hold anything")
    func others() async throws {
        let home = try Home()
        let script = "export OTHER=\"$(printf '\\351')\"; exec \"$1\" sessions"
        let outcome = try await home.run("belay", [], prefix: ["sh", "-c", script, "sh"])
        #expect(outcome.status == 0, "\(outcome.errors)")
    }
}
