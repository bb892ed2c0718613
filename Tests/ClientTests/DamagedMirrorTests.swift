import Client
import Foundation
import GRDB
import Mirror
import ServerKit
import Sync
import TestKit
import Testing
import Wire

/// A copy that is damaged at every page, and cut at every page: it is opened or set aside, the client never crashes,
/// the outbox survives, and what is fetched again is what the server has.
@Suite(.serialized) struct DamagedMirrorTests {
    private static let pageBytes = 4_096
    private static let files = ["mirror.db", "desk.db"]

    /// A client's folder with a chat of some dozens of pages and a prompt that was never sent.
    private struct Original {
        var files: [String: Data]
        var pages: Int
        var waiting: ClientMessageID
    }

    private func original(_ server: TestServer, token: String) async throws -> Original {
        let folder = try TemporaryDirectory("chat")
        let chat = try await TestChat.start(at: server.endpoint, in: folder, token: token)
        #expect(await eventually { chat.isLive })
        for number in 1...8 {
            let text = String(repeating: "prompt \(number) ", count: 400)
            let id = try await chat.client.send(text)
            #expect(await eventually { (try? await chat.mirror())?.contains { $0.clientMessageID == id } ?? false })
            #expect(await eventually { await chat.hasEnded })
        }
        #expect(await eventually { (try? await chat.mirrors(server)) ?? false })
        await chat.client.quit()
        let waiting = OutboxItem(id: "waiting", content: [.text("never sent")], createdAt: 1)
        try chat.store.stateStore.queue(waiting, of: chat.store.chat.key)
        var files: [String: Data] = [:]
        for name in Self.files {
            // What is still in the log is moved into the file.
            try await DatabaseQueue(path: folder.path(name)).writeWithoutTransaction {
                _ = try $0.checkpoint(.truncate)
            }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
        }
        let pages = (files["mirror.db"]?.count ?? 0) / Self.pageBytes
        return Original(files: files, pages: pages, waiting: waiting.id)
    }

    /// A folder with these files, and this copy.
    private func folder(_ original: Original, mirror: Data) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory("damaged")
        for (name, data) in original.files {
            try (name == "mirror.db" ? mirror : data).write(to: URL(fileURLWithPath: folder.path(name)))
        }
        return folder
    }

    /// Starts on a damaged copy until the client has what the server has; a second time if the first start finds the
    /// damage only when it has painted already, which it says.
    private func recovers(
        _ server: TestServer, token: String, in folder: TemporaryDirectory, _ waiting: ClientMessageID
    ) async throws -> (isWhole: Bool, starts: Int, wasSetAside: Bool) {
        for start in 1...2 {
            let chat = try await TestChat.start(at: server.endpoint, in: folder, token: token)
            @Sendable func wasFoundLate() -> Bool { chat.notices.contains { $0.contains("the next start") } }
            @Sendable func isWhole() async -> Bool {
                guard chat.isLive, await chat.hasEnded, (try? await chat.mirrors(server)) == true else { return false }
                guard (try? chat.store.stateStore.outbox(of: chat.store.chat.key).isEmpty) == true else { return false }
                return (try? await chat.mirror().contains { $0.clientMessageID == waiting }) == true
            }
            // The whole copy is checked in the background; only then is it known that there is no damage to report.
            let isSettled = await eventually {
                if wasFoundLate() { true } else { await isWhole() && chat.store.mirror.isSound() }
            }
            let isLate = wasFoundLate()
            await chat.client.quit()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let wasSetAside = names.contains { $0.hasPrefix("mirror.db.damaged") }
            if start == 2 || !isLate { return (isSettled && !isLate, start, wasSetAside) }
        }
        return (false, 2, false)
    }

    @Test func damageInAnyPageIsMadeGood() async throws {
        try await withServer([Script.worker]) { server in
            let token = try server.token(for: "alice").text
            let original = try await original(server, token: token)
            let mirror = try #require(original.files["mirror.db"])
            #expect(original.pages > 24)
            var generator = TestSeed.current.generator(lane: 77)
            var (setAside, again) = (0, 0)
            for page in 0..<original.pages {
                var damaged = mirror
                // The head of a page, and some bytes anywhere in it.
                for offset in [0, Int.random(in: 16..<Self.pageBytes - 64, using: &generator)] {
                    for index in 0..<48 { damaged[page * Self.pageBytes + offset + index] ^= 0x5A }
                }
                let folder = try folder(original, mirror: damaged)
                let (isWhole, starts, wasSetAside) = try await recovers(
                    server, token: token, in: folder, original.waiting)
                #expect(isWhole, "page \(page + 1) of \(original.pages), \(TestSeed.current)")
                (setAside, again) = (setAside + (wasSetAside ? 1 : 0), again + starts - 1)
            }
            print("figure: \(original.pages) pages damaged, \(setAside) copies set aside, \(again) at the second start")
        }
    }

    @Test func aCopyThatIsCutAtAnyPageIsMadeGood() async throws {
        try await withServer([Script.worker]) { server in
            let token = try server.token(for: "alice").text
            let original = try await original(server, token: token)
            let mirror = try #require(original.files["mirror.db"])
            for pages in 0..<original.pages {
                let folder = try folder(original, mirror: mirror.prefix(pages * Self.pageBytes))
                let (isWhole, _, _) = try await recovers(server, token: token, in: folder, original.waiting)
                #expect(isWhole, "cut behind page \(pages) of \(original.pages)")
            }
        }
    }
}
