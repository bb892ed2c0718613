import Agents
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Files and terminals of clients, over real connections.
@Suite struct ClientCallWireTests {
    private func asked(_ client: WireClient, _ method: String) -> [(id: RequestID, params: JSON)] {
        client.messages.compactMap { message in
            guard case .request(let id, method, let params) = message else { return nil }
            return (id, params)
        }
    }

    private func attach(
        _ server: TestServer, _ session: SessionID, as client: ClientID, offering capabilities: Set<ClientCapability>
    ) async throws -> WireClient {
        var hello = InitializeRequest.of(client, resume: [AttachRequest(session: session, position: nil)])
        hello.capabilities = capabilities
        return try await WireClient.connect(to: server.local, initialize: hello)
    }

    private func plain(
        _ server: TestServer, _ session: SessionID, offering capabilities: Set<ClientCapability>
    ) async throws -> WireClient {
        let client = try await WireClient.connect(to: server.local)
        let hello = InitializeRequest(client: nil, capabilities: capabilities, layer: nil)
        _ = try await client.request(Method.initialize, hello.json)
        let folder: JSON = ["cwd": "/usr", "mcpServers": [], "sessionId": .string(session.rawValue)]
        _ = try await client.request(Method.resumeSession, folder)
        return client
    }

    @Test func aPlainClientIsAskedInTheWordsOfACP() async throws {
        let agent = ScriptedAgent()
        let schema = ACPSchema.isAvailable ? try ACPSchema.load() : nil
        try await withServer([agent]) { server in
            let client = try await WireClient.connect(to: server.local)
            let hello = InitializeRequest(client: nil, capabilities: [.readTextFile, .terminal], layer: nil)
            _ = try await client.request(Method.initialize, hello.json)
            let session = try await client.newSession()
            client.prompt("look", in: session)
            #expect(await eventually { agent.host != nil })
            let host = try #require(agent.host)
            let calls = [
                (Method.readTextFile, "ReadTextFileRequest", ["path": "/usr/a", "limit": 3] as JSON),
                (Method.createTerminal, "CreateTerminalRequest", ["command": "ls", "cwd": "/usr"]),
                (Method.terminalOutput, "TerminalOutputRequest", ["terminalId": "1"]),
                (Method.waitForTerminal, "WaitForTerminalExitRequest", ["terminalId": "1"]),
                (Method.killTerminal, "KillTerminalRequest", ["terminalId": "1"]),
                (Method.releaseTerminal, "ReleaseTerminalRequest", ["terminalId": "1"]),
            ]
            for (method, definition, params) in calls {
                let call = Task { await host.call(method, params, of: nil) }
                #expect(await eventually { !asked(client, method).isEmpty })
                let (id, received) = try #require(asked(client, method).first)
                #expect(received["sessionId"] == .string(session.rawValue) && received["_meta"] == nil)
                if let schema { #expect(try schema.violations(of: received, as: definition).isEmpty, "\(received)") }
                client.respond(id, ["content": "x"])
                guard case .done(["content": "x"], _) = await call.value else {
                    Issue.record("\(method) was not done")
                    return
                }
            }
            #expect(await host.call(Method.writeTextFile, [:], of: nil) == .nobody, "it does not offer that")
            let refused = Task { await host.call(Method.killTerminal, ["terminalId": "2"], of: nil) }
            #expect(await eventually { asked(client, Method.killTerminal).count == 2 })
            let no = RPCError(.resourceNotFound, "no")
            client.send(.failure(asked(client, Method.killTerminal)[1].id, no))
            #expect(await refused.value == .refused(no))
            // A plain client cannot be told from others when it comes back.
            let lost = Task { await host.call(Method.waitForTerminal, ["terminalId": "1"], of: nil) }
            #expect(await eventually { asked(client, Method.waitForTerminal).count == 2 })
            client.abort()
            #expect(await lost.value == .gone)
            try await agent.end()
        }
    }

    @Test func aClientOfTheLayerThatComesBackIsAskedAgainUnderTheSameKey() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let starter = try await WireClient.greeted(by: server.local, as: "screen")
            let session = try await starter.newSession()
            starter.prompt("run", in: session)
            #expect(await eventually { agent.host != nil })
            let host = try #require(agent.host)
            #expect(await host.call(Method.createTerminal, ["command": "ls"], of: nil) == .nobody)
            let first = try await attach(server, session, as: "editor", offering: [.terminal])
            let call = Task { await host.call(Method.createTerminal, ["command": "ls"], of: nil) }
            #expect(await eventually { asked(first, Method.createTerminal).count == 1 })
            let key = asked(first, Method.createTerminal)[0].params.belay?["requestKey"]
            #expect(key?.string != nil)
            first.abort()
            let second = try await attach(server, session, as: "editor", offering: [.terminal])
            #expect(await eventually { asked(second, Method.createTerminal).count == 1 })
            let (id, params) = asked(second, Method.createTerminal)[0]
            #expect(params.belay?["requestKey"] == key)
            second.respond(id, ["terminalId": "7"])
            guard case .done(["terminalId": "7"], let peer) = await call.value else {
                Issue.record("it was not done")
                return
            }
            #expect(asked(starter, Method.createTerminal).isEmpty)

            // The agent does not wait any more: the client is told.
            let waiting = Task { await host.call(Method.waitForTerminal, ["terminalId": "7"], of: peer) }
            #expect(await eventually { asked(second, Method.waitForTerminal).count == 1 })
            waiting.cancel()
            #expect(await waiting.value == .gone)
            let withdrawn = asked(second, Method.waitForTerminal)[0].id
            #expect(
                await eventually {
                    second.messages.contains(
                        .notification(method: Method.cancelRequest, params: ["requestId": withdrawn.json]))
                })

            // One that leaves is not waited for.
            let last = Task { await host.call(Method.terminalOutput, ["terminalId": "7"], of: peer) }
            #expect(await eventually { asked(second, Method.terminalOutput).count == 1 })
            second.notify(Method.detach, ["sessionId": .string(session.rawValue)])
            #expect(await last.value == .gone)
            try await agent.end()
        }
    }

    @Test func formsAreAskedOfPlainClientsThatHaveThem() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let starter = try await WireClient.greeted(by: server.local, as: "screen")
            let session = try await starter.newSession()
            starter.prompt("ask", in: session)
            #expect(await eventually { agent.turns.count == 1 })
            let with = try await plain(server, session, offering: [.elicitation])
            let without = try await plain(server, session, offering: [])
            let host = try #require(agent.host)
            let turn = try #require(agent.turns.first?.id)
            let form: JSON = ["message": "Which?", "mode": "form", "requestedSchema": ["type": "object"]]
            let answer = Task { try await host.ask("form", in: turn, method: Method.createElicitation, params: form) }
            #expect(await eventually { asked(with, Method.createElicitation).count == 1 })
            with.respond(asked(with, Method.createElicitation)[0].id, ["action": "decline"])
            #expect(try await answer.value == ["action": "decline"])
            #expect(asked(without, Method.createElicitation).isEmpty)
            try await agent.end()
        }
    }
}
