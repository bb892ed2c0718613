import Agents
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Words that were on their way while the network changed, and come when their client has long moved on.
@Suite struct LateWordsTests {
    @Test func theFirstWordsOfAnOldConnectionDoNotEndANewerOne() async throws {
        try await withServer([ScriptedAgent()]) { server in
            let first = try await WireClient.greeted(by: server.local, as: "one")
            let session = try await first.newSession()
            let resume = InitializeRequest.of("one", resume: [AttachRequest(session: session, position: nil)])
            // Neither has said a word since its upgrade request.
            let old = try await WireClient.connect(to: server.local, initialize: resume)
            let new = try await WireClient.connect(to: server.local, initialize: resume)
            #expect(await eventually { !old.fences.isEmpty && !new.fences.isEmpty })
            try await old.request(Method.ping, [:])
            #expect(await eventually { first.closure?.code == .superseded })
            try await new.request(Method.ping, [:])
            #expect(new.closure == nil, "the client would stop for good")
            #expect(await eventually { old.closure?.code == .superseded })
        }
    }
}
