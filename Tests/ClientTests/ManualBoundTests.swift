import Agents
import Client
import Foundation
import Mirror
import ServerKit
import Sync
import TestKit
import Testing
import Transport
import Wire

/// The bounds of `belay.1` that are the client's, each at its last good value and one beyond.
@Suite struct ManualBoundTests {
    private let nowhere = Endpoint(address: .unix(path: "/nonexistent/socket"))

    private static func said(_ text: String) -> [Entry.Body] {
        [.update(.agentMessage(ContentChunk(messageID: "a", content: .text(text))))]
    }

    @Test func anAnswerThatIsTooLongForALineIsCutThereAndTheLineSaysSo() async throws {
        let bound = 900 << 10
        let piece = String(repeating: "x", count: bound / 9)
        let agent = FixedAgent { turn in
            var commits = Array(repeating: Self.said(piece), count: 9)
            if turn.text == "longer" { commits.append(Self.said("y")) }
            return commits
        }
        try await withServer([agent]) { server in
            let run = try await BatchStage.run(["whole", "longer"], at: server.local) { $0.format = .jsonl }
            #expect(run.ending == .exit(.ok))
            let lines = run.lines
            let messages = lines.filter { $0["type"] == "message" }
            try #require(messages.count == 2)
            for message in messages { #expect(message["text"]?.string?.utf8.count == bound) }
            #expect(messages[0]["truncated"] == nil)
            #expect(messages[1]["truncated"] == true)
            #expect(lines.last?["text"]?.string?.utf8.count == bound, "the last line is no longer than the others")
            // What is no line has room for it.
            let json = try await BatchStage.run(["longer"], at: server.local) { $0.format = .json }
            let result = json.lines.first?["results"]?.array?.first
            #expect(result?["text"]?.string?.utf8.count == bound + 1)
        }
    }

    @Test func aPromptBeyondTheOutboxComesBackToTheUser() async throws {
        let folder = try TemporaryDirectory("chat")
        let chat = try await TestChat.start(at: nowhere, in: folder)
        for number in 1...256 { try await chat.client.send("prompt \(number)") }
        chat.client.post(.send("one more"))
        #expect(await eventually { refusal(of: "one more", by: chat)?.contains("256 prompts wait already") ?? false })
        #expect(try chat.store.stateStore.outbox(of: chat.store.chat.key).count == 256)
        await chat.client.quit()

        let run = try await BatchStage.run(["one more"], at: nowhere, selection: .last, in: folder)
        #expect(run.ending == .exit(.dataError))
        #expect(run.errors.contains("256 prompts wait already"), "\(run.errors)")
        #expect(try chat.store.stateStore.outbox(of: chat.store.chat.key).count == 256)
    }

    @Test func aPromptThatIsTooLongComesBackToTheUser() async throws {
        let chat = try await TestChat.start(at: nowhere, in: try TemporaryDirectory("chat"))
        let longest = String(repeating: "x", count: 512 << 10)
        chat.client.post(.send(longest + "x"))
        chat.client.post(.send(longest))
        #expect(await eventually { refusal(of: longest + "x", by: chat)?.contains("524289 bytes") ?? false })
        #expect(await eventually { chat.outbox.map(\.content) == [[.text(longest)]] })
        await chat.client.quit()
    }

    /// Why a prompt was given back.
    private func refusal(of prompt: String, by chat: TestChat) -> String? {
        chat.events.lazy.compactMap { event -> String? in
            if case .notSent(prompt, let reason) = event { reason } else { nil }
        }.first
    }

    @Test func twoHundredAndFiftySixProgramsRunAndOneMoreDoesNotStart() throws {
        let folder = try TemporaryDirectory("seats")
        try Folders.make(folder.path("seats"))
        // What a program that runs holds is the lock of a file.
        var locks: [Int32] = []
        defer { for lock in locks { close(lock) } }
        for number in 0..<255 {
            let lock = open(folder.path("seats/\(number)"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            try #require(lock >= 0)
            locks.append(lock)
            try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        }
        let last = try ClientInstance(folder: folder.path)
        #expect(throws: ClientError.folder("256 belay processes run already: end some of them")) {
            _ = try ClientInstance(folder: folder.path)
        }
        #expect(last.number == 255)
    }
}
