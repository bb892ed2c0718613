import Foundation
import ProgramKit
import Synchronization
import TestKit
import Testing
import Wire

/// A model behind the private server, with the built-in tools: whatever is killed, and when.
@Suite("Hosted models")
struct HostedModelTests {
    /// What is killed (SIGKILL).
    enum Victim: String, CaseIterable { case model, server, client, all }

    /// When it is killed: what the model says, and what the screen shows then.
    enum Moment: String, CaseIterable {
        case answer, tool, question

        var prompt: String {
            switch self {
            case .answer:
                #"{"rounds": [{"say": ["One ", "two ", "three ", "four ", "five."], "pause": 1}]}"#
            case .tool:
                #"{"rounds": [{"calls": [["run_command", {"command": "echo begun >> count; sleep 8; echo over >> count"}]]}, {"say": ["One ", "two ", "three ", "four ", "five."]}]}"#
            case .question:
                #"{"rounds": [{"calls": [["write_file", {"path": "note", "content": "noted"}]]}, {"say": ["One ", "two ", "three ", "four ", "five."]}]}"#
            }
        }
    }

    /// A home whose private server has the model.
    final class Stage: Sendable {
        let home: Home
        private let model: Mutex<ModelServer>

        init() async throws {
            home = try Home()
            let model = try await ModelServer(in: home.directory.path)
            self.model = Mutex(model)
            try home.configureServer(
                """
                [agents.model]
                kind = "openai"
                base_url = "http://127.0.0.1:\(model.port)/v1"
                model = "m"
                continue = "prefill"
                """)
        }

        deinit { model.withLock { $0.child.killAndWait() } }

        /// Kills the model's server, and starts it again at the same address.
        func restart() async throws {
            let old = model.withLock { $0 }
            old.child.killAndWait()
            let new = try await ModelServer(in: home.directory.path, port: old.port)
            model.withLock { $0 = new }
        }

        func screen() throws -> Screen { try Screen(home, rows: 60, arguments: ["--agent", "model"]) }

        func read(_ name: String) -> String? { try? String(contentsOfFile: "\(home.shop)/\(name)", encoding: .utf8) }
    }

    @Test(
        "whatever is killed, the answer becomes whole, and nothing runs twice",
        arguments: Victim.allCases, Moment.allCases)
    func killed(_ victim: Victim, in moment: Moment) async throws {
        let stage = try await Stage()
        var screen = try stage.screen()
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type(moment.prompt)
        try screen.press("Enter")
        if moment != .answer {
            #expect(await screen.shows("Permission needed"), "\(screen.text)")
            if moment == .tool {
                try await answer(screen)
                #expect(await eventually { stage.read("count") == "begun\n" })
            }
        } else {
            #expect(await screen.shows("One two"), "\(screen.text)")
        }

        if victim == .client || victim == .all, let process = screen.process { kill(process, SIGKILL) }
        if victim == .server || victim == .all {
            for process in stage.home.serverProcesses() { kill(process, SIGKILL) }
        }
        if victim == .model || victim == .all { try await stage.restart() }
        if victim == .client || victim == .all {
            screen = try stage.screen()
            #expect(await screen.shows("● live"), "\(screen.text)")
        }
        if moment == .question { try await answer(screen) }
        if moment == .tool, victim == .server || victim == .all {
            // What came of the command is not known: it is asked about before it is repeated.
            #expect(await screen.shows("Repeat, though it may have been done"), "\(screen.text)")
            try await answer(screen, "2")
        }
        // Where the connection was lost a line says so, in the middle of the answer.
        let isWhole = await screen.shows { text in
            let lines = text.split(separator: "\n").filter { !$0.contains("──") }
            return lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
                .contains("One two three four five.")
        }
        #expect(isWhole, "\(screen.text)")
        #expect(await screen.shows { !$0.contains("working") }, "\(screen.text)")
        switch moment {
        case .answer: break
        case .tool:
            let isCut = victim == .server || victim == .all
            #expect(stage.read("count") == (isCut ? "begun\n" : "begun\nover\n"))
        case .question: #expect(stage.read("note") == "noted")
        }
    }

    private func answer(_ screen: Screen, _ digit: String = "1") async throws {
        #expect(await screen.shows("Permission needed"), "\(screen.text)")
        #expect(try await screen.answer(digit), "\(screen.text)")
    }
}
