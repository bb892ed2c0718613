import Foundation
import Platform
import SystemPackage
import TestKit
import Testing

/// Locks on files, and what their holders say of themselves.
@Suite struct FileLockTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory("locks") }

    /// Who holds the lock; `nil` when nobody does.
    private func holder(of path: String) throws -> String? {
        switch try FileLock.attempt(path) {
        case .held(let note): note
        case .taken: nil
        }
    }

    @Test func oneHasItAndSaysWhoItIs() throws {
        let path = folder.path("lock")
        var lock = try FileLock.take(path, waiting: 0)
        #expect(try holder(of: path) == "")
        try lock?.write(note: "first and longer")
        try lock?.write(note: "second")
        #expect(try holder(of: path) == "second")
        #expect(try FileLock.take(path, waiting: 30) == nil)
        #expect(lock != nil)
        lock = nil
        #expect(try holder(of: path) == nil, "its holder is gone")
    }

    @Test func whoWaitsGetsItWhenItIsFree() async throws {
        let path = folder.path("lock")
        var lock = try FileLock.take(path, waiting: 0)
        #expect(lock != nil)
        // Waiting blocks, so it has a thread of its own.
        let (threads, begun) = AsyncStream<String>.makeStream()
        async let isTaken = withCheckedContinuation { continuation in
            Thread.detachNewThread {
                begun.yield(SleepCount.thread)
                begun.finish()
                continuation.resume(returning: (try? FileLock.take(path, waiting: 60_000)) ?? nil != nil)
            }
        }
        for await thread in threads {
            // Between two attempts it sleeps, so after the third sleep it was refused at least twice.
            let before = SleepCount.of(thread: thread)
            #expect(await eventually { SleepCount.of(thread: thread) >= before + 3 }, "it waits")
        }
        lock = nil
        #expect(await isTaken)
    }

    @Test func whatCannotBeLockedIsSaid() throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "precious")
        #expect(throws: SystemError("open \(folder.path("link"))", .tooManySymbolicLinkLevels)) {
            _ = try FileLock.take(folder.path("link"), waiting: 0)
        }
        #expect(throws: SystemError("open \(folder.path)", .isDirectory)) {
            _ = try FileLock.take(folder.path, waiting: 0)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("precious")))
    }
}
