import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// An agent that is a program of its own, behind the private server: whatever is killed, and when.
@Suite("Hosted agents")
struct HostedAgentTests {
    /// What is killed (SIGKILL).
    enum Victim: String, CaseIterable { case agent, server, client, all }

    /// When it is killed: a prompt of the agent of `Tests/Peers`, and what the screen shows then.
    enum Moment: String, CaseIterable {
        case answer, tool, question

        var prompt: String {
            switch self {
            case .answer: "hang"
            case .tool: "run sleep 600"
            case .question: "ask"
            }
        }

        var shown: String {
            switch self {
            case .answer: "Wait"
            case .tool: "execute sleep 600"
            case .question: "Permission needed"
            }
        }
    }

    /// A home whose private server has the agent.
    final class Stage: Sendable {
        let home: Home

        init() throws {
            home = try Home()
            let sessions = home.directory.path("sessions")
            try FileManager.default.createDirectory(atPath: sessions, withIntermediateDirectories: true)
            try home.configurePeer(["AGENT_STATE": sessions, "AGENT_GOES_ON": "resume"])
        }

        func screen() throws -> Screen { try Screen(home, rows: 60, arguments: ["--agent", "peer"]) }

        /// The agent itself.
        var agents: [pid_t] {
            home.peerProcesses.filter { process in
                let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")?.split(separator: 0)
                return words?.dropFirst().first?.elementsEqual("-B".utf8) ?? false
            }
        }

        func kill(_ victim: Victim, _ screen: Screen) {
            var processes: [pid_t] = []
            if victim == .client || victim == .all { processes += [screen.process].compactMap(\.self) }
            if victim == .server || victim == .all { processes += home.serverProcesses() }
            if victim == .agent || victim == .all { processes += agents }
            for process in processes { Foundation.kill(process, SIGKILL) }
        }
    }

    @Test(
        "a batch run answers by its rules, or asks on the terminal",
        arguments: [
            ("allow", nil, "yes", 0), ("deny", nil, "no", 1), ("rule:rules.toml", nil, "yes", 0),
            ("ask", "y", "yes", 0),
            ("ask", "n", "no", 1),
        ] as [(String, String?, String, Int)])
    func batch(_ permissions: String, _ key: String?, _ option: String, _ status: Int) async throws {
        let stage = try Stage()
        try "[[rules]]\naction = \"allow\"\nkinds = [\"delete\"]".write(
            toFile: "\(stage.home.shop)/rules.toml", atomically: true, encoding: .utf8)
        let screen = try Screen(
            stage.home, command: "\(Home.programs)/belay --batch --agent peer --permissions \(permissions) ask")
        if let key {
            #expect(await screen.shows("Permission needed: Remove it"), "\(screen.text)")
            try screen.type(key)
            try screen.press("Enter")
        }
        #expect(await screen.shows(#""optionId": "\#(option)""#), "\(screen.text)")
        #expect(await screen.shows("left with \(status)"), "\(screen.text)")
    }

    @Test("without a terminal nobody can be asked, which is said before anything is sent")
    func noTerminal() async throws {
        let stage = try Stage()
        let words = ["--batch", "--agent", "peer", "--permissions", "ask", "ask"]
        let run = try await stage.home.run("belay", words, prefix: ["setsid", "-w"])
        #expect(run.status == 64, "\(run.status)")
        #expect(run.errors.contains("--permissions ask needs a terminal"), "\(run.errors)")
        #expect(stage.home.peerPrompts("ask") == 0)
    }

    @Test(
        "whatever is killed, the screen tells the truth, nothing runs twice, and nothing is left",
        arguments: Victim.allCases, Moment.allCases)
    func killed(_ victim: Victim, in moment: Moment) async throws {
        let stage = try Stage()
        var screen = try stage.screen()
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type(moment.prompt)
        try screen.press("Enter")
        #expect(await screen.shows(moment.shown), "\(screen.text)")
        stage.kill(victim, screen)

        if victim == .client || victim == .all {
            screen = try stage.screen()
            #expect(await screen.shows("● live"), "\(screen.text)")
            #expect(
                await screen.shows(moment.shown == Moment.question.shown ? "Remove it" : moment.shown), "\(screen.text)"
            )
        }
        switch victim {
        case .agent: #expect(await screen.shows("The agent was ended by signal 9"), "\(screen.text)")
        case .server, .all:
            #expect(await screen.shows("the server was restarted while the agent worked"), "\(screen.text)")
        case .client where moment == .question:
            // The agent still waits for the answer.
            #expect(await screen.shows("Permission needed"), "\(screen.text)")
            #expect(try await screen.answer(), "\(screen.text)")
            #expect(await screen.shows(#""outcome": "selected"} Done."#), "\(screen.text)")
        case .client:
            // It works on, and can be stopped, whether or not it hears that.
            #expect(await screen.shows("working"), "\(screen.text)")
            try screen.press("Escape")
            #expect(await screen.shows("stopped"), "\(screen.text)")
        }
        #expect(await screen.shows { !$0.contains("working") }, "\(screen.text)")
        try screen.type("repeat once more")
        try screen.press("Enter")
        #expect(await screen.shows("agent   repeat once more"), "\(screen.text)")
        #expect(stage.home.peerPrompts(moment.prompt) == 1, "a prompt is never given twice")
        #expect(stage.home.peerPrompts("repeat once more") == 1)
        #expect(await eventually { stage.home.peerProcesses.count == 2 }, "an agent and its guard")
        for server in stage.home.serverProcesses() { kill(server, SIGTERM) }
        #expect(await eventually { stage.home.peerProcesses.isEmpty }, "nothing is left")
    }
}
