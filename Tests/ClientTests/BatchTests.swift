import Agents
import Client
import FaultProxy
import Foundation
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// What scripts may rely on: the forms of the output, the exit codes, and the same bytes whatever the network does.
@Suite struct BatchTests {
    private let prompts = ["first question", "second question"]

    @Test func textIsTheAnswersAndNothingElse() async throws {
        try await withServer([Script.worker]) { server in
            let run = try await BatchStage.run(prompts, at: server.local)
            #expect(run.ending == .exit(.ok))
            #expect(
                run.output == prompts.map { Script.answer(to: $0) }.joined(separator: "\n\n") + "\n",
                "an empty line between answers, a newline behind the last")
            #expect(run.errors.isEmpty)
            let streamed = try await BatchStage.run(prompts, at: server.local) { $0.isStreaming = true }
            #expect(streamed.output == prompts.map { Script.answer(to: $0) + "\n" }.joined())
        }
    }

    @Test(arguments: [BatchOptions.Format.json, .jsonl])
    func theFormsForProgramsAreGolden(format: BatchOptions.Format) async throws {
        try await withServer([Script.worker]) { server in
            let run = try await BatchStage.run(prompts, at: server.local) { $0.format = format }
            #expect(run.ending == .exit(.ok))
            try Golden.check(run.normalized(), named: "batch.\(format.rawValue)")
            #expect(run.output.hasSuffix("}\n"))
            if format == .jsonl {
                #expect(
                    run.lines.map { $0["n"]?.integer(in: .count) } == (1...Int64(run.lines.count)).map(Optional.init))
                #expect(run.lines.last?["type"] == "result")
            }
        }
    }

    @Test func controlCharactersOfAnAgentDoNotReachATerminal() async throws {
        let rude = FixedAgent { _ in
            [[.update(.agentMessage(ContentChunk(messageID: "a", content: .text("a\u{1B}[2Jb\u{7}c\n"))))]]
        }
        try await withServer([rude]) { server in
            let run = try await BatchStage.run(["x"], at: server.local)
            #expect(run.output == "abc\n")
            let raw = try await BatchStage.run(["x"], at: server.local) { $0.isRaw = true }
            #expect(raw.output == "a\u{1B}[2Jb\u{7}c\n")
        }
    }

    @Test(arguments: BatchOptions.Format.allCases)
    func aDropChangesNothingThatAScriptReads(format: BatchOptions.Format) async throws {
        try await withServer([Script.worker]) { server in
            let token = try server.token(for: "alice").text
            let whole = try await BatchStage.run(prompts, at: server.endpoint, token: token) { $0.format = format }
            #expect(whole.ending == .exit(.ok))
            for count in [600, 1_400, 2_200, 3_000, 3_800, 4_600] {
                let proxy = try await FaultProxy.start(
                    before: server, plan: FaultPlan { $0.bytesToClientMaximum = count })
                async let healed = eventually { await proxy.connections >= 2 }
                async let healing: Void = heal(proxy)
                let cut = try await BatchStage.run(prompts, at: proxy.endpoint, token: token) { $0.format = format }
                #expect(await healed, "it was cut")
                await healing
                #expect(cut.ending == .exit(.ok))
                if format == .text {
                    #expect(cut.output == whole.output, "cut after \(count) bytes")
                } else {
                    #expect(
                        cut.normalized(dropsConnection: true) == whole.normalized(dropsConnection: true),
                        "cut after \(count) bytes")
                }
                try await proxy.stop()
            }
        }
    }

    private func heal(_ proxy: FaultProxy) async {
        _ = await eventually { await proxy.connections >= 2 }
        await proxy.heal()
    }

    @Test func whatBecomesOfTheConnectionIsSaidOnTheErrorsAlone() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let proxy = try await FaultProxy.start(before: server)
            let token = try server.token(for: "alice").text
            async let run = BatchStage.run(["x"], at: proxy.endpoint, token: token)
            try await agent.say("half ")
            await proxy.cut()
            #expect(await eventually { await proxy.connections >= 2 })
            #expect(await eventually { await server.daemon.server.counters.subscribers == 1 })
            try await agent.say("whole")
            try await agent.end()
            let ended = try await run
            #expect(ended.output == "half whole\n")
            let said = ended.errors.split(separator: "\n")
            #expect(said.count == 2)
            #expect(said.first?.hasPrefix("belay: connection lost (") == true)
            #expect(said.last?.hasPrefix("belay: resumed after ") == true)
            try await proxy.stop()
        }
    }

    // MARK: Exit codes

    @Test func aTurnThatDoesNotEndWellIsOne() async throws {
        try await withServer([Script.worker]) { server in
            let failed = try await BatchStage.run(["fail", "not sent"], at: server.local)
            #expect(failed.ending == .exit(.unfinished))
            #expect(failed.errors.contains("the tool is broken"))
            #expect(failed.output == "\n" || failed.output.isEmpty)
            let kept = try await BatchStage.run(["fail", "sent"], at: server.local) { $0.keepsGoing = true }
            #expect(kept.ending == .exit(.unfinished), "the first failure's code")
            #expect(kept.output.hasSuffix(Script.answer(to: "sent") + "\n"))
        }
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            for reason in [StopReason.refusal, .maxTokens, .cancelled] {
                async let run = BatchStage.run(["x"], at: server.local)
                try await agent.end(reason)
                let ended = try await run
                #expect(ended.ending == .exit(.unfinished), "\(reason)")
            }
        }
    }

    @Test func aTokenThatIsNotGoodIsSeventySeven() async throws {
        try await withServer([Script.worker]) { server in
            for token in [nil, "belay_guess"] {
                let run = try await BatchStage.run(["x"], at: server.endpoint, token: token) { $0.format = .json }
                #expect(run.ending == .exit(.noPermission))
                #expect(run.errors.contains("token"))
                #expect(!run.errors.contains("guess"))
                #expect(run.lines.first?["ok"] == false)
                #expect(run.lines.first?["exit"] == ["code": 77, "name": "EX_NOPERM"])
            }
        }
    }

    @Test func aSessionThatIsNotThereIsSixtySeven() async throws {
        try await withServer([Script.worker]) { server in
            let run = try await BatchStage.run(["x"], at: server.local, selection: .named("nobody"))
            #expect(run.ending == .exit(.noUser))
            #expect(run.errors.hasPrefix("belay: "))
            #expect(run.output.isEmpty)
        }
    }

    @Test func noConnectionInTimeIsSeventyFiveAndThePromptIsSafe() async throws {
        let folder = try TemporaryDirectory("batch")
        let nowhere = Endpoint(address: .unix(path: "/nonexistent/socket"))
        let run = try await BatchStage.run(["keep me"], at: nowhere, in: folder) { $0.offlineMaximum = .zero }
        #expect(run.ending == .exit(.temporaryFailure))
        #expect(run.errors.contains("the prompt is safe"))
        try await withServer([Script.worker]) { server in
            let next = try await TestChat.start(at: server.local, in: folder)
            #expect(await eventually { await next.hasEnded })
            #expect(
                HistoryMessage.messages(in: try await next.mirror()).last?.content == [
                    .text(Script.answer(to: "keep me"))
                ])
            await next.client.quit()
        }
    }

    @Test func aRunThatTakesTooLongIsSeventyFive() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let run = try await BatchStage.run(["x"], at: server.local) {
                $0.timeout = .milliseconds(300)
                $0.format = .jsonl
            }
            #expect(run.ending == .exit(.temporaryFailure))
            #expect(run.lines.last?["type"] == "result")
            #expect(run.lines.last?["detached"] == true)
        }
    }

    /// A login page may go away: the run says at once what it sees, and goes on when the server is there.
    @Test func aCaptivePortalIsWaitedOut() async throws {
        try await withServer([Script.worker]) { server in
            let proxy = try await FaultProxy.start(before: server, plan: FaultPlan { $0.admission = .captivePortal })
            let short = try await BatchStage.run(["x"], at: proxy.endpoint) { $0.offlineMaximum = .seconds(3) }
            #expect(short.ending == .exit(.temporaryFailure))
            #expect(short.errors.contains("not connected: "), "\(short.errors)")
            #expect(short.errors.contains("captive portal"), "\(short.errors)")
            let before = await proxy.connections
            async let run = BatchStage.run(["x"], at: proxy.endpoint, token: try server.token(for: "alice").text)
            #expect(await eventually { await proxy.connections > before }, "it meets the login page")
            await proxy.heal()
            #expect(try await run.ending == .exit(.ok))
            try await proxy.stop()
        }
    }

    @Test func aFileThatCannotBeWrittenIsSeventyThreeAndAPromptThatIsTooLongSixtyFive() async throws {
        try await withServer([Script.worker]) { server in
            let folder = try TemporaryDirectory("answers")
            let kept = try await BatchStage.run(prompts, at: server.local) { $0.outputFile = folder.path("answer") }
            #expect(kept.ending == .exit(.ok))
            #expect(try String(contentsOfFile: folder.path("answer"), encoding: .utf8) == Script.answer(to: prompts[1]))
            let run = try await BatchStage.run(["x"], at: server.local) { $0.outputFile = "/nonexistent/answer" }
            #expect(run.ending == .exit(.cannotCreate))
            #expect(run.errors.contains("cannot write /nonexistent/answer"))
            let long = String(repeating: "x", count: ChatClient.promptBytesMaximum + 1)
            #expect(try await BatchStage.run([long], at: server.local).ending == .exit(.dataError))
        }
    }
}
