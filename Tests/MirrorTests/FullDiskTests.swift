import Foundation
import Glibc
import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// A disk that is really full: a small file system of its own, where the test may make one.
@Suite(.enabled(if: SmallDisk.isAllowed, "only root may mount a file system")) struct FullDiskTests {
    private let disk: SmallDisk

    init() throws { disk = try SmallDisk(kilobytes: 2_048) }

    @Test func theMirrorSaysSoAndHoldsWhatItHeld() throws {
        let mirror = try SQLiteMirror.open(folder: disk.path, now: 1).opened
        try mirror.apply([.adopt("s", "e")], at: "server")
        let text = String(repeating: "x", count: 8_000)
        var head: Seq = 0
        var error: StoreError?
        while error == nil, head < 1_000 {
            error = storeError {
                try mirror.apply([.append("s", "e", notes(head + 1...head + 4, text))], at: "server")
            }
            if error == nil { head += 4 }
        }
        #expect(error == .full(disk.path + "/mirror.db"))
        #expect(head > 0)
        #expect(try mirror.holding(of: "s", at: "server")?.position == Position(epoch: "e", seq: head))
        #expect(try mirror.page(of: "s", at: "server", after: head - 1, limit: 9) == [note(head, text)])
    }

    @Test func theStateStoreSaysSoAndKeepsTheDraft() throws {
        let stateStore = try SQLiteStateStore.open(folder: disk.path, now: 1).opened
        try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: 1)
        let text = String(repeating: "x", count: 20_000)
        var isTyped = false
        var count = 0
        var error: StoreError?
        while error == nil, count < 1_000 {
            let item = OutboxItem(id: ClientMessageID("\(count)"), content: [.text(text)], createdAt: 1)
            error = storeError {
                isTyped = false
                try stateStore.saveDraft("typed", of: "chat")
                isTyped = true
                try stateStore.queue(item, of: "chat")
            }
            if error == nil { count += 1 }
        }
        #expect(error == .full(disk.path + "/desk.db"))
        #expect(try stateStore.outbox(of: "chat").count == count)
        #expect(try stateStore.chat(at: "server", named: "chat")?.draft == (isTyped ? "typed" : ""))
    }
}

/// A file system in memory of a given size, gone with the last reference to it.
private final class SmallDisk {
    private let directory: TemporaryDirectory

    /// Whether one can be made here.
    static let isAllowed: Bool = (try? SmallDisk(kilobytes: 64)) != nil

    var path: String { directory.path }

    init(kilobytes: Int) throws {
        directory = try TemporaryDirectory()
        guard mount("tmpfs", directory.path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
            throw StoreError.failed(String(cString: strerror(errno)))
        }
    }

    deinit { umount2(directory.path, Int32(MNT_DETACH)) }
}
