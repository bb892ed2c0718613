import Client
import FaultProxy
import Mirror
import Server
import ServerKit
import Sync
import TestKit
import Testing
import Transport
import Wire

/// A chat on a bad network: whatever happens, in the end its copy is the server's journal, and each prompt is in it
/// exactly once.
@Suite struct DropTests {
    /// How often a prompt is in a session.
    private func count(_ id: ClientMessageID, in entries: [Entry]) -> Int {
        entries.count { $0.clientMessageID == id }
    }

    /// Runs a whole chat through the proxy.
    private func run(_ server: TestServer, _ proxy: FaultProxy, token: String) async throws {
        let folder = try TemporaryDirectory("chat")
        let chat = try await TestChat.start(at: proxy.endpoint, in: folder, token: token)
        let id = try await chat.client.send("hello")
        #expect(await eventually { if await chat.hasEnded { true } else { await proxy.connections >= 2 } })
        await proxy.heal()
        #expect(await eventually { await chat.hasEnded && chat.isLive })
        let mirror = try await chat.mirror()
        #expect(try await chat.mirrors(server))
        #expect(count(id, in: mirror) == 1)
        #expect(HistoryMessage.messages(in: mirror).last?.content == [.text(Script.answer(to: "hello"))])
        #expect(try chat.store.stateStore.outbox(of: chat.store.chat.key).isEmpty)
        await chat.client.quit()
    }

    @Test func cutAfterAnyByteNothingIsLostAndNothingIsTwice() async throws {
        try await withServer([Script.worker]) { server in
            let token = try server.token(for: "alice").text
            // The upgrade, the greeting, the run of entries: places in each, a prime number of bytes apart.
            for count in stride(from: 1, through: 4_200, by: 149) {
                let proxy = try await FaultProxy.start(
                    before: server, plan: FaultPlan { $0.bytesToClientMaximum = count })
                try await run(server, proxy, token: token)
                try await proxy.stop()
            }
            let client = try await WireClient.greeted(by: server.endpoint, token: token)
            let list = try await client.request(Method.listSessions, [:])
            #expect(list["sessions"]?.array?.count == stride(from: 1, through: 4_200, by: 149).underestimatedCount)
        }
    }

    /// Sends a prompt while nobody answers, and leaves the chat at once.
    ///
    /// - Returns: Whether its client is still there, the chat's key, and what it tells.
    private func leave(
        at endpoint: Endpoint, in folder: TemporaryDirectory, token: String
    ) async throws -> (@Sendable () -> Bool, String, @Sendable () -> [ClientEvent]) {
        let chat = try await TestChat.start(at: endpoint, in: folder, token: token)
        // Right behind it, before the disk has the prompt.
        chat.client.post(.send("written on a train"))
        chat.client.post(.endWhenSent)
        #expect(await eventually { chat.status?.lastFailure != nil })
        let left = Weak(chat.client)
        return ({ left.client != nil }, chat.store.key, chat.tellings)
    }

    private final class Weak: Sendable {
        weak let client: ChatClient?

        init(_ client: ChatClient) { self.client = client }
    }

    /// The front end has gone to another chat, and keeps nothing of this one.
    @Test func aChatThatIsLeftGoesOnUntilItsPromptsWereSent() async throws {
        try await withServer([Script.worker]) { server in
            let proxy = try await FaultProxy.start(before: server)
            await proxy.refuse()
            let folder = try TemporaryDirectory("chat")
            let token = try server.token(for: "alice").text
            let (left, key, events) = try await leave(at: proxy.endpoint, in: folder, token: token)
            #expect(left() && !events().contains(.ended))
            await proxy.heal()
            #expect(await eventually { events().contains(.ended) && !left() })
            let stateStore = try ClientStateStore.open(folder: folder.path, now: 1)
            #expect(
                try ChatStore.open(
                    .named(key), server: "test", directory: "/usr", stateStore: stateStore, now: 1
                ).firstPage.entries.compactMap(\.clientMessageID).count == 1)
            try await proxy.stop()
        }
    }

    @Test func aChatThatIsLeftWithNothingToSendEndsAtOnce() async throws {
        try await withServer([Script.worker]) { server in
            let chat = try await TestChat.start(at: server.local, in: try TemporaryDirectory("chat"))
            try await chat.client.send("hello")
            #expect(await eventually { await chat.hasEnded })
            chat.client.post(.endWhenSent)
            #expect(await eventually { chat.events.contains(.ended) })
        }
    }

    @Test func aSilentNetworkIsNoticedDuringATurnAndLosesNothing() async throws {
        let agent = ScriptedAgent()
        try await withServer([agent]) { server in
            let proxy = try await FaultProxy.start(before: server)
            let chat = try await TestChat.start(
                at: proxy.endpoint, in: try TemporaryDirectory("chat"), token: try server.token(for: "alice").text)
            try await chat.client.send("hello")
            try await agent.say("before ")
            #expect(await eventually { (try? await chat.mirrors(server)) ?? false })
            await proxy.blackhole(.both)
            try await agent.say("during ")
            #expect(
                await eventually(within: Heartbeat.intervalIdle) {
                    if case .offline = chat.status?.state { true } else { false }
                }, "four seconds with a turn; without one it would be as long as this before a ping is sent")
            try await agent.say("after")
            try await agent.end()
            await proxy.heal()
            chat.client.post(.hurry)
            #expect(await eventually { chat.isLive })
            #expect(await eventually { (try? await chat.mirrors(server)) ?? false })
            #expect(
                HistoryMessage.messages(in: try await chat.mirror()).last?.content == [.text("before during after")])
            #expect(chat.status?.resumes.count == 1)
            await chat.client.quit()
            try await proxy.stop()
        }
    }

    @Test func aLoginPageOfTheNetworkIsWaitedOut() async throws {
        try await withServer([Script.worker]) { server in
            let proxy = try await FaultProxy.start(before: server)
            let chat = try await TestChat.start(
                at: proxy.endpoint, in: try TemporaryDirectory("chat"), token: try server.token(for: "alice").text)
            #expect(await eventually { chat.isLive })
            await proxy.captivePortal()
            await proxy.cut()
            #expect(await eventually { chat.status?.lastFailure?.contains("captive portal") ?? false })
            let id = try await chat.client.send("written in the lobby")
            #expect(chat.stopped == nil)
            #expect(chat.outbox.map(\.id) == [id])
            await proxy.heal()
            chat.client.post(.hurry)
            #expect(await eventually { await chat.hasEnded })
            #expect(count(id, in: try await chat.mirror()) == 1)
            await chat.client.quit()
            try await proxy.stop()
        }
    }

    @Test func aRefusalThatPassesIsWaitedOut() async throws {
        try await withServer([Script.worker], change: { $0.connectionsPerPrincipal = 1 }) { server in
            let token = try server.token(for: "alice").text
            let occupant = try await WireClient.connect(to: server.endpoint, token: token)
            let chat = try await TestChat.start(at: server.endpoint, in: try TemporaryDirectory("chat"), token: token)
            #expect(await eventually { chat.status?.lastFailure?.contains("1 connections already") ?? false })
            guard case .offline(let since, _, let retryAt)? = chat.status?.state else {
                Issue.record("\(String(describing: chat.status))")
                return
            }
            #expect(retryAt - since >= .seconds(5), "the delay that the server asked for")
            occupant.abort()
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            chat.client.post(.hurry)
            #expect(await eventually { chat.isLive })
            await chat.client.quit()
        }
    }

    @Test func aRevokedTokenStopsTheChatAndSaysSo() async throws {
        try await withServer([Script.worker]) { server in
            let token = try server.token(for: "alice")
            let chat = try await TestChat.start(
                at: server.endpoint, in: try TemporaryDirectory("chat"), token: token.text)
            #expect(await eventually { chat.isLive })
            #expect(try server.revoke(token.id))
            #expect(await eventually { chat.stopped != nil })
            guard case .notAllowed(let message)? = chat.stopped else {
                Issue.record("\(String(describing: chat.stopped))")
                return
            }
            #expect(message.contains("revoked"))
            #expect(!chat.events.description.contains(token.text))
            await chat.client.quit()
        }
    }

    @Test func twoProgramsOnOneInstanceDoNotFightOverIt() async throws {
        try await withServer([Script.worker]) { server in
            let (folder, token) = (try TemporaryDirectory("chat"), try server.token(for: "alice").text)
            let first = try await TestChat.start(at: server.endpoint, in: folder, token: token)
            #expect(await eventually { first.isLive })
            let second = try await TestChat.start(at: server.endpoint, in: folder, token: token)
            #expect(await eventually { second.isLive })
            try await second.client.send("mine now")
            #expect(await eventually { first.stopped == .superseded })
            #expect(await eventually { await second.hasEnded })
            #expect(second.stopped == nil)
            await first.client.quit()
            await second.client.quit()
        }
    }

    @Test func tenQuickCyclesLeaveNothingBehind() async throws {
        try await withServer([Script.worker]) { server in
            let proxy = try await FaultProxy.start(before: server)
            let chat = try await TestChat.start(
                at: proxy.endpoint, in: try TemporaryDirectory("chat"), token: try server.token(for: "alice").text)
            #expect(await eventually { chat.isLive })
            try await chat.client.send("hello")
            #expect(await eventually { await chat.hasEnded })
            let (before, mirror) = (await server.daemon.server.counters, try await chat.mirror())
            for cycle in 1...10 {
                await proxy.cut()
                chat.client.post(.hurry)
                #expect(await eventually { await proxy.connections > cycle && chat.isLive })
                chat.client.post(.hurry)
            }
            #expect(await eventually { await server.daemon.server.counters == before })
            #expect(try await chat.mirror() == mirror)
            await chat.client.quit()
            #expect(await eventually { await server.daemon.server.counters.connections == 0 })
            try await proxy.stop()
        }
    }
}
