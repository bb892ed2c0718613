import Foundation
import ProgramKit
import TestKit
import Testing

/// Programs that are stopped and continued by a shell with job control, on a terminal.
@Suite("Stopped and continued", .serialized)
struct StoppingTests {
    private func shell(_ home: Home) async throws -> Screen {
        let shell = try Screen(home, columns: 160, command: "PS1='ready> ' bash --norc --noprofile -i")
        #expect(await shell.shows("ready>"), "\(shell.text)")
        return shell
    }

    private func count(_ words: String, in text: String) -> Int { text.components(separatedBy: words).count - 1 }

    @Test("a token is asked for again after ^Z and fg, and never echoed", arguments: ["C-z", "background"])
    func login(way: String) async throws {
        let home = try Home()
        let shell = try await shell(home)
        let login = "\(Home.programs)/belay login --server wss://192.0.2.1:8137"
        let token = "belay_notseen0"
        if way == "background" {
            // Its line editor has the terminal in other modes then.
            try shell.type("\(login) &")
            try shell.press("Enter")
            #expect(await shell.shows("[1]"), "\(shell.text)")
            #expect(await eventually { isStopped(in: shell) })
        } else {
            try shell.type(login)
            try shell.press("Enter")
            #expect(await shell.shows("Token:"), "\(shell.text)")
            try shell.type("belay_notseen1")
            try shell.press(way)
            #expect(await shell.shows("Stopped"), "\(shell.text)")
        }
        let asked = count("Token:", in: shell.text)
        try shell.type("fg")
        try shell.press("Enter")
        #expect(await shell.shows { count("Token:", in: $0) == asked + 1 }, "\(shell.text)")
        try shell.type(token)
        try shell.press("Enter")
        #expect(await shell.shows("is stored in"), "\(shell.text)")
        #expect(!shell.text.contains("notseen"), "\(shell.text)")
        let kept = home.directory.path("state/belay")
        let names = try FileManager.default.subpathsOfDirectory(atPath: kept)
        #expect(
            names.contains { name in
                let bytes = FileManager.default.contents(atPath: "\(kept)/\(name)") ?? Data()
                return bytes.range(of: Data(token.utf8)) != nil && bytes.range(of: Data("notseen1".utf8)) == nil
            }, "what was typed before the stop is no part of it")
        try await expectUsualModes(shell)
    }

    @Test(
        "the screen and the proxy give the terminal back when they are stopped from outside",
        arguments: [
            SIGTSTP, SIGTTIN, SIGTTOU,
        ])
    func outside(number: Int32) async throws {
        for (command, shown, key, left) in [
            ("belay", "● live", "C-d", "Resume with: "),
            ("belay proxy --to 127.0.0.1:1", "0 open, 0 so far", "q", ""),
        ] {
            let home = try Home()
            let shell = try await shell(home)
            try shell.type("\(Home.programs)/\(command)")
            try shell.press("Enter")
            #expect(await shell.shows(shown), "\(shell.text)")
            let bash = try #require(shell.process)
            let job = try #require(children(of: bash).first)
            kill(job, number)
            #expect(await shell.shows("Stopped"), "\(shell.text)")
            if command == "belay" { #expect(!shell.text.contains(shown), "the alternate screen was left") }
            try shell.type("fg")
            try shell.press("Enter")
            #expect(await shell.shows(shown), "\(shell.text)")
            try shell.press(key)
            if !left.isEmpty { #expect(await shell.shows(left), "\(shell.text)") }
            try await expectUsualModes(shell)
        }
    }

    /// Whether the shell's job is stopped.
    private func isStopped(in shell: Screen) -> Bool {
        guard let bash = shell.process, let job = children(of: bash).first else { return false }
        return ((try? String(contentsOfFile: "/proc/\(job)/stat", encoding: .utf8)) ?? "").contains(") T ")
    }

    private func children(of process: pid_t) -> [pid_t] {
        let text = (try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    /// What is typed is echoed again.
    private func expectUsualModes(_ shell: Screen) async throws {
        try shell.type("cat")
        try shell.press("Enter")
        try shell.type("echoed once more")
        #expect(await shell.shows("echoed once more"), "\(shell.text)")
    }
}
