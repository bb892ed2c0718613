import AgentKit
@testable import Agents
import Foundation
import TestKit
import Testing
import Wire

/// A turn with a model's server that does what real ones do.
@Suite struct ModelTurnTests {
    private static let sse = ["say": ["Hello ", "world."]] as JSON

    @Test("an answer is streamed, with the reasoning as thought and the usage")
    func plain() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let reason = try await peer.run(
            ModelPeer.script(["think": ["h", "m"], "think_as": "reasoning", "say": ["Hello ", "wörld 👩‍💻."]]), host)
        #expect(reason == .endTurn)
        #expect(host.said == "Hello wörld 👩‍💻.")
        #expect(host.thought == "hm")
        #expect(host.bodies.contains(.update(AgentUsage(used: 12, size: 32_768).update)))
        let request = try #require(peer.requests.first)
        #expect(request["path"] == "/v1/chat/completions")
        #expect(request["headers"]?["authorization"] == nil)
        #expect(request["body"]?["messages"]?.array?.map { $0["role"]?.string } == ["system", "user"])
        #expect(request["body"]?["stream"] == true)
    }

    @Test(
        "bodies that differ from the textbook are read all the same",
        arguments: [
            // CRLF, a comment, no space behind the colon, and no usage.
            #"[": hi\r\n\r\ndata:{\"choices\":[{\"delta\":{\"content\":\"Hello \"}}]}\r\n\r\n","data:{\"choices\":[{\"delta\":{\"content\":\"world.\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata:[DONE]\r\n\r\n"]"#,
            // No [DONE], only the reason for the end.
            #"["data: {\"choices\":[{\"delta\":{\"content\":\"Hello world.\"},\"finish_reason\":\"stop\"}]}\n\n"]"#,
            // No reason, only [DONE], written otherwise.
            #"["data: {\"choices\":[{\"delta\":{\"content\":\"Hello world.\"}}]}\n\n","data:  [done] \n\n"]"#,
            // Lines that are no JSON between the events.
            #"["data: ping\n\n","data:\n\n","event: ping\ndata: 1\n\n","data: {\"choices\":[{\"delta\":{\"content\":\"Hello world.\"}}]}\n\ndata: [DONE]\n\n"]"#,
            // Chunks without choices, with empty ones, and something behind the end.
            #"["data: {\"choices\":[]}\n\n","data: {}\n\n","data: {\"choices\":[{\"delta\":{\"content\":\"Hello world.\"}}]}\n\ndata: [DONE]\n\ndata: {\"error\":\"late\"}\n\n"]"#,
            // A character in two parts (0xC3 0xB6 would be one; here the parts of "o" are cut from its line).
            #"["data: {\"choices\":[{\"delta\":{\"content\":\"Hello w\"}}]}\n\nda","ta: {\"choices\":[{\"delta\":{\"content\":\"orld.\"}}]}\n\ndata: [DO","NE]\n\n"]"#,
        ])
    func variants(_ raw: String) async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let reason = try await peer.run(ModelPeer.script(["raw": try JSON(parsing: raw)]), host)
        #expect(reason == .endTurn)
        #expect(host.said == "Hello world.")
        #expect(peer.requests.count == 1)
    }

    @Test("UTF-8 that is split between two parts is whole")
    func splitUTF8() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let bytes =
            Array(#"data: {"choices":[{"delta":{"content":"wörld 👩‍💻"}}]}"#.utf8) + Array("\n\ndata: [DONE]\n\n".utf8)
        let parts = bytes.map { JSON.array([.integer(Int64($0))]) }
        _ = try await peer.run(ModelPeer.script(["raw": .array(parts)]), host)
        #expect(host.said == "wörld 👩‍💻")
    }

    @Test("a server that does not stream is understood")
    func notStreamed() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let raw: JSON = [
            #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"total_tokens":3}}"#
        ]
        _ = try await peer.run(ModelPeer.script(["type": "application/json", "raw": raw]), host)
        #expect(host.said == "Hello")
    }

    /// What is no answer, and a part of the sentence that it ends with.
    private static let refusals: [(String, String)] = [
        (#"{"status": 400, "body": {"error": {"message": "no such field"}}}"#, "refused (400): no such field"),
        (
            #"{"status": 401, "body": {"error": {"message": "bad key"}}}"#,
            "refused the key (401): bad key; set 'api_key_env'"
        ),
        (#"{"status": 404, "body": "<html>"}"#, "correct 'base_url'"),
        (#"{"status": 404, "body": {"error": {"message": "model 'm' not found"}}}"#, "model 'm' not found"),
        (#"{"status": 301, "headers": {"location": "http://127.0.0.1:1/"}, "body": ""}"#, "it sends elsewhere"),
        (#"{"type": "text/html", "raw": ["<html></html>"]}"#, "it sent a web page"),
        (#"{"type": "application/json", "raw": ["hello"]}"#, "something else than JSON"),
        (#"{"type": "application/json", "raw": ["{\"error\":{\"message\":\"no money\"}}"]}"#, "no money"),
        (#"{"raw": ["data: {\"error\":{\"message\":\"overloaded\"}}\n\n"]}"#, "overloaded"),
        (#"{"raw": ["event: error\ndata: out of memory\n\n"]}"#, "out of memory"),
        (
            #"{"status": 429, "body": {"error": {"message": "no quota", "code": "insufficient_quota"}}}"#,
            "no quota"
        ),
        (
            #"{"status": 503, "headers": {"x-should-retry": "false"}, "body": {"message": "gone"}}"#,
            "refused (503): gone"
        ),
        (
            #"{"status": 429, "headers": {"retry-after": "600"}, "body": {"detail": "slow"}}"#,
            "ask again in 600 seconds"
        ),
    ]

    @Test("what cannot be answered ends with a sentence, and is asked once", arguments: refusals)
    func failures(_ step: String, _ sentence: String) async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        do {
            _ = try await peer.run(ModelPeer.script(try JSON(parsing: step)), host)
            Issue.record("it ends without an error")
        } catch let error as any TurnError {
            #expect(error.sentence.contains(sentence), "\(error.sentence)")
        }
        #expect(peer.requests.count == 1)
        #expect(host.said.isEmpty)
    }

    @Test(
        "a server that is busy is asked again when it says so",
        arguments: [
            ["status": 429, "headers": ["retry-after-ms": "20"], "body": [:]] as JSON,
            ["status": 503, "headers": ["retry-after": "0"], "body": "busy"], ["status": 500, "body": ""],
            // An answer that broke off before anything of it was seen.
            ["say": ["Hello"], "cut": 0],
        ])
    func retries(_ first: JSON) async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        _ = try await peer.run(ModelPeer.script([first, first, Self.sse]), host)
        #expect(host.said == "Hello world.")
        #expect(peer.requests.count == 3)
    }

    @Test("nothing is repeated by itself when a tool has changed something")
    func noRetryBehindEffects() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let write: JSON = ["calls": [["write_file", ["path": "a", "content": "A"]]]]
        await #expect(throws: ModelFailure.self) {
            try await peer.run(ModelPeer.script(write, ["status": 500, "body": ""]), host)
        }
        #expect(peer.requests.count == 2)
        #expect(peer.read("a") == "A")
    }

    @Test(
        "an answer that breaks off is gone on with, in each way",
        arguments: [
            ModelSettings.Continuation.ask, .prefill,
        ])
    func continuation(_ kind: ModelSettings.Continuation) async throws {
        let pieces: JSON = ["It ", "goes ", "on ", "and ", "on."]
        for cut in 1...4 {
            let (peer, host) = (try await ModelPeer(), TestHost())
            let reason = try await peer.run(
                ModelPeer.script([["say": pieces, "cut": .integer(Int64(cut))], ["say": pieces]]), host,
                agent: peer.agent { $0.continuation = kind })
            #expect(reason == .endTurn)
            #expect(host.said == "It goes on and on.", "cut behind \(cut)")
            #expect(peer.requests.count == 2)
            #expect(host.notes.count == (kind == .ask ? 1 : 0))
        }
    }

    @Test("an answer that breaks off again and again, or must not be gone on with, keeps its text and says so")
    func broken() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let failure = await #expect(throws: ModelFailure.self) {
            try await peer.run(
                ModelPeer.script(["say": ["a", "b"], "cut": 1]), host, agent: peer.agent { $0.continuation = .off })
        }
        #expect(failure?.sentence.contains("broke off") == true)
        #expect(host.said == "a")
        let other = TestHost()
        await #expect(throws: ModelFailure.self) {
            try await peer.run(
                ModelPeer.script(["raw": ["data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"]]), other)
        }
        #expect(other.said == "xxxx", "as often as it was asked to go on")
    }

    @Test("a server that falls silent in an answer is not waited for without end")
    func silence() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let failure = await #expect(throws: ModelFailure.self) {
            try await peer.run(
                ModelPeer.script(["say": ["a", "b"], "pause": 30]), host,
                agent: peer.agent {
                    $0.silenceMaximum = .milliseconds(300)
                    $0.continuation = .off
                })
        }
        #expect(failure?.sentence.contains("nothing came") == true)
    }

    @Test("nothing that listens is said plainly")
    func unreachable() async throws {
        let peer = try await ModelPeer()
        let failure = await #expect(throws: ModelFailure.self) {
            try await peer.run("hi", TestHost(), agent: peer.agent { $0.baseURL = "http://127.0.0.1:1/v1" })
        }
        #expect(failure?.sentence.contains("nothing listens there; start the server") == true)
    }

    @Test(
        "the end's reason is the model's", arguments: [("length", StopReason.maxTokens), ("content_filter", .refusal)])
    func finish(_ finish: String, _ reason: StopReason) async throws {
        let peer = try await ModelPeer()
        #expect(try await peer.run(ModelPeer.script(["say": ["a"], "finish": .string(finish)]), TestHost()) == reason)
    }

    @Test("fields, headers, the key and the system's words are sent; the key is in nothing that is written")
    func key() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let secret = "sk-very-secret-\(UInt64.random(in: 0 ... .max))"
        let refusing: JSON = ["status": 401, "body": ["error": ["message": .string("wrong key \(secret)!")]]]
        let failure = await #expect(throws: ModelFailure.self) {
            try await peer.run(
                ModelPeer.script(refusing), host,
                agent: peer.agent { settings in
                    settings.key = .command("printf '\(secret)\\nmore'")
                    settings.headers = ["x-title": "belay"]
                    settings.request = [JSON.Member("temperature", 0.5), JSON.Member("stream_options", .null)]
                    settings.system = "Be brief."
                    settings.tools = []
                })
        }
        #expect(failure?.sentence.contains("[key]!") == true && failure?.sentence.contains(secret) == false)
        let request = try #require(peer.requests.first)
        #expect(request["headers"]?["authorization"] == .string("Bearer \(secret)"))
        #expect(request["headers"]?["x-title"] == "belay")
        #expect(request["body"]?["temperature"] == 0.5)
        #expect(request["body"]?["stream_options"] == nil && request["body"]?["tools"] == nil)
        #expect(request["body"]?["messages"]?.array?.first?["content"] == "Be brief.")
        #expect(!host.bodies.contains { String(describing: $0).contains(secret) })
    }

    @Test(
        "a key that is not there is said, and how to set it",
        arguments: [
            (ModelSettings.Key.environment("BELAY_TEST_NO_SUCH_KEY"), "set the variable BELAY_TEST_NO_SUCH_KEY"),
            (.command("exit 3"), "it ended with exit code 3"), (.command("true"), "its first line is no key"),
        ])
    func noKey(_ key: ModelSettings.Key, _ sentence: String) async throws {
        let peer = try await ModelPeer()
        let failure = await #expect(throws: ModelFailure.self) {
            try await peer.run("hi", TestHost(), agent: peer.agent { $0.key = key })
        }
        #expect(failure?.sentence.contains(sentence) == true)
        #expect(peer.requests.isEmpty)
    }

    @Test("a context that is full drops the oldest, and says so once")
    func fullContext() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let earlier = (1...50).flatMap { number -> [Entry.Body] in
            [
                .update(
                    .userMessage(ContentChunk(messageID: MessageID("m\(number)"), content: .text("question \(number)")))
                ),
                .event(.turnStart(TurnID("t\(number)"), prompt: MessageID("m\(number)"))),
                .update(
                    .agentMessage(
                        ContentChunk(
                            messageID: MessageID("t\(number)-0"), content: .text(String(repeating: "x", count: 400))))),
            ]
        }
        _ = try await peer.run(
            ModelPeer.script(["calls": [["list_files", [:]]]], Self.sse), host,
            agent: peer.agent { $0.contextTokens = 4_096 },
            earlier: earlier.enumerated().map { Entry(seq: Seq($0.offset + 1), timestamp: 0, body: $0.element) })
        #expect(host.notes.count == 1 && host.notes.first?.contains("earlier messages") == true)
        let texts = peer.requests.last?["body"]?["messages"]?.array?.compactMap { $0["content"]?.string } ?? []
        #expect(texts.contains("question 50") && !texts.contains("question 1"))
    }

    @Test("what is older than what is read of the journal is said to be missing, too")
    func beginningMissing() async throws {
        let (peer, host) = (try await ModelPeer(), TestHost())
        let said = Entry.Body.update(.agentMessage(ContentChunk(messageID: "t-0", content: .text("an answer"))))
        _ = try await peer.run("hello", host, earlier: [Entry(seq: 9, timestamp: 0, body: said)])
        #expect(host.notes == ["the model's context is full: it is not told the beginning of this chat"])
    }
}
