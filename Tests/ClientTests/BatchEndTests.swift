import Client
import Foundation
import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// How batch runs end that come to nothing, and what they leave as it was.
@Suite(.timeLimit(.minutes(1))) struct BatchEndTests {
    private let nowhere = Endpoint(address: .unix(path: "/nonexistent/socket"))

    /// A file that a run is to replace, in a folder that lasts as long as this does.
    private struct Answer {
        let folder: TemporaryDirectory
        var path: String { folder.path("answer") }
        var text: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "none" }

        init() throws {
            folder = try TemporaryDirectory("answers")
            try "old".write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    @Test func aTurnThatDidNotEndByItselfTakesNoFilesPlace() async throws {
        try await withServer([Script.worker]) { server in
            let answer = try Answer()
            let failed = try await BatchStage.run(["fail"], at: server.local) { $0.outputFile = answer.path }
            #expect(failed.ending == .exit(.unfinished))
            #expect(answer.text == "old")
            let kept = try await BatchStage.run(["first", "fail"], at: server.local) {
                $0.outputFile = answer.path
                $0.keepsGoing = true
            }
            #expect(kept.ending == .exit(.unfinished))
            #expect(answer.text == Script.answer(to: "first"), "the last answer that came to its end")
        }
    }

    @Test func aPromptThatTheServerRefusesIsSixtyNine() async throws {
        try await withServer([Script.worker], change: { $0.bytesPerPrincipal = 0 }) { server in
            let answer = try Answer()
            let token = try server.token(for: "alice").text
            let run = try await BatchStage.run(["x"], at: server.endpoint, token: token) {
                $0.outputFile = answer.path
            }
            #expect(run.ending == .exit(.unavailable), "\(run.errors)")
            #expect(run.errors.contains("no more fits"), "\(run.errors)")
            #expect(answer.text == "old")
        }
    }

    /// What the server is too small for is not sent, and the chat goes on without it, in this run and in the next.
    @Test func aPromptThatIsTooLongForTheServerIsSixtyNineAndDoesNotGoOutLater() async throws {
        try await withServer([Script.worker], change: { $0.messageBytesMaximum = 4_096 }) { server in
            let folder = try TemporaryDirectory("chat")
            let long = String(repeating: "\u{1}", count: 1_000)
            let run = try await BatchStage.run([long], at: server.local, in: folder)
            #expect(run.ending == .exit(.unavailable), "\(run.errors)")
            #expect(run.errors.contains("the server takes messages of at most 4096 bytes"), "\(run.errors)")
            let next = try await BatchStage.run(["first"], at: server.local, selection: .last, in: folder)
            #expect(next.ending == .exit(.ok), "\(next.errors)")
            #expect(next.output.contains(Script.answer(to: "first")))
            let both = try await BatchStage.run([long, "first"], at: server.local, selection: .last, in: folder) {
                $0.keepsGoing = true
            }
            #expect(both.ending == .exit(.unavailable))
            #expect(both.output.contains(Script.answer(to: "first")))
        }
    }

    @Test func aPromptThatIsNotTakenIsSixtyNineAfterTheTimeOffline() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent], change: { $0.limits.turnsQueued = 0 }) { server in
            let folder = try TemporaryDirectory("chat")
            let chat = try await TestChat.start(at: server.local, in: folder)
            try await chat.client.send("this takes its time")
            #expect(await eventually { agent.turns.count == 1 && chat.outbox.isEmpty })
            await chat.client.quit()
            let run = try await BatchStage.run(["x"], at: server.local, selection: .last, in: folder) {
                // Long enough to connect on a busy machine: only then has the server said why it does not take it.
                $0.offlineMaximum = .seconds(3)
            }
            #expect(run.ending == .exit(.unavailable), "\(run.errors)")
            #expect(run.errors.contains("0 prompts wait already"), "\(run.errors)")
            #expect(run.errors.contains("the prompt is safe, and `belay -r "), "\(run.errors)")
            #expect(agent.turns.count == 1)
        }
    }

    @Test func aChatThatANewerClientTookOverIsSixtyNine() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let folder = try TemporaryDirectory("chat")
            async let run = BatchStage.run(["x"], at: server.local, in: folder)
            #expect(await eventually { agent.turns.count == 1 })
            let chat = try await TestChat.start(at: server.local, in: folder)
            #expect(await eventually { chat.isLive })
            try await chat.client.send("mine now")
            let ended = try await run
            #expect(ended.ending == .exit(.unavailable), "\(ended.errors)")
            #expect(ended.errors.contains("a newer belay"), "\(ended.errors)")
            await chat.client.quit()
        }
    }

    @Test func withoutAConnectionARunIsAsLongAsItWasTold() async throws {
        let impatient = try await BatchStage.run(["x"], at: nowhere) {
            $0.offlineMaximum = .milliseconds(200)
            $0.timeout = .seconds(60)
        }
        #expect(impatient.ending == .exit(.temporaryFailure))
        #expect(impatient.errors.contains("no connection for "), "\(impatient.errors)")
        let patient = try await BatchStage.run(["x"], at: nowhere) {
            $0.offlineMaximum = nil
            $0.timeout = .milliseconds(600)
        }
        #expect(patient.ending == .exit(.temporaryFailure))
        #expect(patient.errors.contains("the time-out (--timeout) has passed"), "\(patient.errors)")
    }
}
