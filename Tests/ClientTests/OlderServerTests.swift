import Client
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// `protocol.md` §1: when `Belay-Initialize` is missing from the 101, the client says `initialize` as its first frame.
@Suite struct OlderServerTests {
    @Test(arguments: [HeaderStripper.Ways.request, .answer, [.request, .answer]])
    func aHeaderThatIsLostCostsARoundTripAndNothingElse(ways: HeaderStripper.Ways) async throws {
        try await withServer([Script.worker]) { server in
            let token = try server.token(for: "alice").text
            let proxy = try await HeaderStripper.start(upstream: server.daemon.port ?? 0, ways)
            let folder = try TemporaryDirectory("chat")
            // A new session, then one with a history, whose replay comes right behind the 101 if it was asked for there.
            for prompt in ["first", "second"] {
                let chat = try await TestChat.start(at: proxy.endpoint, in: folder, token: token)
                #expect(await eventually { chat.isLive }, "\(prompt): \(String(describing: chat.status))")
                try await chat.client.send(prompt)
                #expect(
                    await eventually {
                        let last = HistoryMessage.messages(in: (try? await chat.mirror()) ?? []).last
                        return await chat.hasEnded && last?.content == [.text(Script.answer(to: prompt))]
                    })
                #expect(try await chat.mirrors(server))
                #expect(chat.stopped == nil)
                await chat.client.quit()
            }
            try await proxy.stop()
        }
    }
}
