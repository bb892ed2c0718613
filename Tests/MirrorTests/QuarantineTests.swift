import Foundation
import Mirror
import StorageKit
import Sync
import TestKit
import Testing
import Wire

/// A damaged file of the client is set aside under another name, never deleted, and a new one is begun.
@Suite struct QuarantineTests {
    enum Kind: String, CaseIterable {
        case mirror
        case stateStore = "desk"
    }

    enum Damage: CaseIterable {
        case zeroedHeader, noise, cutInAPage, cutBehindAPage

        func apply(to data: Data) -> Data {
            switch self {
            case .zeroedHeader: Data(count: 100) + data.dropFirst(100)
            case .noise: Data((0..<data.count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) })
            case .cutInAPage: data.prefix(5_000)
            case .cutBehindAPage: data.prefix(4_096)
            }
        }
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(_ kind: Kind, now: Timestamp) throws -> String? {
        switch kind {
        case .mirror:
            let (mirror, name) = try SQLiteMirror.open(folder: directory.path, now: now)
            try mirror.apply([.adopt("s", "e"), .append("s", "e", notes(1...50))], at: "server")
            #expect(try mirror.holding(of: "s", at: "server")?.position.seq == 50)
            return name
        case .stateStore:
            let (stateStore, name) = try SQLiteStateStore.open(folder: directory.path, now: now)
            try stateStore.keep(Chat(key: "chat", server: "server", directory: "/folder"), usedAt: now)
            #expect(try stateStore.lastChat(at: "server", directory: "/folder") != nil)
            return name
        }
    }

    private func path(_ kind: Kind) -> URL { URL(fileURLWithPath: directory.path("\(kind.rawValue).db")) }

    @Test(arguments: Kind.allCases, Damage.allCases) func isSetAsideAndBegunAnew(kind: Kind, damage: Damage) throws {
        #expect(try open(kind, now: 1) == nil)
        let damaged = damage.apply(to: try Data(contentsOf: path(kind)))
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path(kind).path + suffix) }
        try damaged.write(to: path(kind))
        let name = try open(kind, now: 2)
        #expect(name == path(kind).path + ".damaged-2")
        #expect(try Data(contentsOf: URL(fileURLWithPath: name ?? "")) == damaged)
        #expect(try open(kind, now: 3) == nil)
    }

    @Test func aSecondOneOfTheSameMomentDoesNotReplaceTheFirst() throws {
        for content in ["first", "second", "third"] {
            try Data(String(repeating: content, count: 200).utf8).write(to: path(.mirror))
            #expect(try open(.mirror, now: 7) != nil)
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: path(.mirror).path + suffix)
            }
        }
        for (suffix, content) in [("", "first"), ("-2", "second"), ("-3", "third")] {
            let kept = try String(contentsOfFile: path(.mirror).path + ".damaged-7" + suffix, encoding: .utf8)
            #expect(kept.hasPrefix(content))
        }
    }

    @Test func damageThatTheFirstReadFindsCountsAsWell() throws {
        #expect(try open(.mirror, now: 1) == nil)
        var reads = 0
        let (mirror, name) = try SQLiteMirror.open(folder: directory.path, now: 2) { mirror throws(StoreError) in
            reads += 1
            if reads == 1 { throw .corrupt("a page") }
            _ = try mirror.holding(of: "s", at: "server")?.position
        }
        #expect(reads == 2)
        #expect(name == path(.mirror).path + ".damaged-2")
        #expect(try mirror.holding(of: "s", at: "server")?.position == nil)
    }

    @Test func otherFailuresMoveNothing() throws {
        #expect(try open(.mirror, now: 1) == nil)
        let error = storeError {
            _ = try SQLiteMirror.open(folder: directory.path, now: 2) { _ throws(StoreError) in throw .full("disk") }
        }
        #expect(error == .full("disk"))
        #expect(FileManager.default.fileExists(atPath: path(.mirror).path))
        try Data().write(to: URL(fileURLWithPath: directory.path("file")))
        let notAFolder = storeError { _ = try SQLiteStateStore.open(folder: directory.path("file/folder"), now: 1) }
        #expect(notAFolder?.isFailed == true)
    }
}
