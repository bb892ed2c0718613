import Client
import TestKit
import Testing
import Wire

/// Whatever a server says, and wherever it says it: neither output of a batch run obeys it.
@Suite struct HostileTextTests {
    /// A title, a cleared screen, an answer-back, a C1 sequence, a turned direction, and a command for a shell.
    private static let text =
        "a\u{1B}]0;title\u{7}b\u{1B}[2J\u{9B}5n\u{90}q\u{9C}\u{202E}\u{2066}\u{200B}\u{7F}\u{8}\r\u{85}\u{2028}$(id)`id`'\"c"

    private static let error = RPCError(.internalError, text, data: ["belay": ["reason": .string(text)]])

    private static func greeting(_ id: RequestID) -> Message {
        let layer = InitializeResult.Layer(pingInterval: 20_000, pingTimeout: 3_000, resumed: [])
        return .response(id, result: InitializeResult(agent: nil, layer: layer).json)
    }

    /// A session, current at once, under a name that a server made up.
    private static func session(_ id: RequestID, _ name: String) -> [Message] {
        let fence = CaughtUp(
            session: SessionID(name), position: Position(epoch: "e", seq: 0), events: 0, bytes: 0)
        return [
            .response(
                id, result: ["sessionId": .string(name), "_meta": ["belay": ["epoch": "e", "headSeq": 0]]]),
            .notification(method: Method.caughtUp, params: fence.json),
        ]
    }

    private static let manners: [(String, HostileServer.Manner)] = [
        ("refused for good", .refuses(Refusal(status: 403, reason: text, message: text))),
        ("refused for now", .refuses(Refusal(status: 503, reason: text, message: text, retryAfter: 0))),
        ("not allowed", .refuses(Refusal(status: 401, reason: text, message: text))),
        ("closed for good", .closes(.protocolError, text)), ("token", .closes(.tokenRejected, text)),
        ("closed for now", .closes(.goingAway, text)), ("not greeted", .answers { id, _ in [.failure(id, error)] }),
        ("no session", .answers { id, method in method == Method.initialize ? [greeting(id)] : [.failure(id, error)] }),
        ("another version", .answers { id, _ in [.response(id, result: ["protocolVersion": .string(text)])] }),
    ]

    private static func name(_ text: String) -> HostileServer.Manner {
        .answers { id, method in
            switch method {
            case Method.initialize: [greeting(id)]
            case Method.newSession: session(id, text)
            default: []
            }
        }
    }

    private func isObeyed(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0A: false
            case 0..<0x20, 0x7F...0x9F, 0x200B, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
    }

    private func run(_ manner: HostileServer.Manner, _ format: BatchOptions.Format) async throws -> BatchStage {
        let server = try await HostileServer.start(manner)
        let run = try await BatchStage.run(["x"], at: server.endpoint, token: "t") {
            $0.format = format
            $0.offlineMaximum = .zero
            $0.timeout = .seconds(1)
        }
        try await server.stop()
        return run
    }

    @Test(arguments: BatchOptions.Format.allCases) func whatAServerSays(format: BatchOptions.Format) async throws {
        for (what, manner) in Self.manners {
            let run = try await run(manner, format)
            #expect(run.ending != .exit(.ok), "\(what)")
            #expect(!isObeyed(run.output), "\(what): \(run.output.debugDescription)")
            #expect(!isObeyed(run.errors), "\(what): \(run.errors.debugDescription)")
            #expect(!run.errors.isEmpty, "\(what)")
        }
    }

    @Test(arguments: BatchOptions.Format.allCases) func whatAServerCallsASession(format: BatchOptions.Format)
        async throws
    {
        let hostile = try await run(Self.name(Self.text), format)
        #expect(!isObeyed(hostile.output), "\(hostile.output.debugDescription)")
        #expect(!isObeyed(hostile.errors), "\(hostile.errors.debugDescription)")
        let shell = try await run(Self.name("$(id)`id`'x"), format)
        for said in [shell.errors, shell.output] { #expect(!said.contains("-r $(id)"), "\(said)") }
        guard format == .jsonl else { return }
        #expect(hostile.lines.last?["type"] == "result")
        #expect(hostile.lines.last?["resume"] == nil, "what cannot be seen is not offered")
        // A client that takes no such name offers nothing.
        let offered = shell.lines.last?["resume"]?.string
        #expect(offered == nil || offered == #"belay -r '$(id)`id`'\''x'"#)
    }
}
