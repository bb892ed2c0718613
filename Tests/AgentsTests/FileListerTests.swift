import Glibc
import Testing

@testable import Agents

@Suite struct FileListerTests {
    private func paths(_ folder: TestFolder, _ limits: LibrarianLimits = LibrarianLimits()) throws -> [String] {
        try FileLister.list(SessionFolder(folder.path), limits: limits).files.map(\.path)
    }

    @Test func listsInOrderAndHonoursNestedIgnores() throws {
        let folder = try TestFolder([
            ".gitignore": "*.log\n/build/\n!keep.log\n", "b.txt": "", "a.txt": "", "x.log": "", "keep.log": "",
            "build/out.txt": "", "src/build/in.txt": "", "src/.gitignore": "!x.log\nsecret\n", "src/x.log": "",
            "src/secret": "", "src/deep/secret": "", "src/deep/y.log": "",
        ])
        let listing = try FileLister.list(SessionFolder(folder.path), limits: LibrarianLimits())
        #expect(listing.files.map(\.path) == ["a.txt", "b.txt", "keep.log", "src/build/in.txt", "src/x.log"])
        #expect(listing.ignored == 5)
        #expect(listing.limit == nil && listing.skipped.isEmpty)
    }

    /// What is in an ignored folder cannot be taken in again: git does not look there either.
    @Test func ignoredFoldersAreNotEntered() throws {
        let folder = try TestFolder([".gitignore": "out/\n!out/a\n", "out/a": "", "b": ""])
        #expect(try paths(folder) == ["b"])
    }

    @Test func hiddenNamesAreLeftOut() throws {
        let folder = try TestFolder([".git/config": "", ".build/x": "", ".env": "", "a/.hidden": "", "a/b": ""])
        #expect(try paths(folder) == ["a/b"])
    }

    @Test func linksAreNotFollowed() throws {
        let outside = try TestFolder(["secret": "s"])
        let folder = try TestFolder(["a": ""])
        try folder.link("file", to: outside.path + "/secret")
        try folder.link("folder", to: outside.path)
        try folder.link("loop", to: ".")
        let listing = try FileLister.list(SessionFolder(folder.path), limits: LibrarianLimits())
        #expect(listing.files.map(\.path) == ["a"])
        #expect(listing.links == 3)
    }

    /// The check and the use are one: a file that is swapped for a link after it was listed is not read.
    @Test(arguments: ["link", "dir/secret", "../secret", "a/../../secret", "/etc/passwd", "", ".", "a//b"])
    func readingNeverLeavesTheFolder(path: String) throws {
        let outside = try TestFolder(["secret": "s", "inner/a/b": "inside"])
        let folder = Result { try Folder(SessionFolder(outside.path + "/inner")) }
        try outside.link("inner/link", to: outside.path + "/secret")
        try outside.link("inner/dir", to: outside.path)
        let opened = try folder.get()
        guard case .gone = opened.contents(of: path, bytesMaximum: 100) else {
            Issue.record("read \(path)")
            return
        }
        guard case .text("inside", _) = opened.contents(of: "a/b", bytesMaximum: 100) else {
            Issue.record("did not read what is inside")
            return
        }
    }

    @Test func pipesDoNotBlock() throws {
        let folder = try TestFolder(["a": ""])
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        #expect(try paths(folder) == ["a"])
        guard case .gone = try Folder(SessionFolder(folder.path)).contents(of: "pipe", bytesMaximum: 100) else {
            Issue.record("read a pipe")
            return
        }
    }

    @Test func hostileNamesAreTakenAsTheyAre() throws {
        let folder = try TestFolder(["new\nline": "", "`tick`": "", "es\u{1B}[2Jcape": "", "ä 😀": "", "-rf": ""])
        try folder.write([0x61, 0xFF], [])
        let listing = try FileLister.list(SessionFolder(folder.path), limits: LibrarianLimits())
        #expect(listing.files.map(\.path) == ["-rf", "`tick`", "es\u{1B}[2Jcape", "new\nline", "ä 😀"])
        #expect(listing.skipped == [Listing.Skipped(path: "a\u{FFFD}", reason: .nameNotUTF8)])
    }

    @Test func boundsEndTheList() throws {
        let folder = try TestFolder(["a": "1234", "b": "1234", "c": "1234", "d/e": "1234"])
        var limits = LibrarianLimits()
        limits.files = 2
        #expect(try FileLister.list(SessionFolder(folder.path), limits: limits).limit == .files)
        #expect(try paths(folder, limits) == ["a", "d/e"], "each folder has its share")
        limits = LibrarianLimits()
        limits.files = 4
        limits.entries = 5
        #expect(try FileLister.list(SessionFolder(folder.path), limits: limits).limit == nil)
        limits.totalBytes = 11
        #expect(try FileLister.list(SessionFolder(folder.path), limits: limits).limit == .bytes)
        #expect(try paths(folder, limits) == ["a", "d/e"])
        limits.totalBytes = 16
        #expect(try paths(folder, limits) == ["a", "b", "c", "d/e"])
        limits.entries = 4
        #expect(try FileLister.list(SessionFolder(folder.path), limits: limits).limit == .entries)
        limits = LibrarianLimits()
        limits.depth = 1
        #expect(
            try FileLister.list(SessionFolder(folder.path), limits: limits).skipped == [
                Listing.Skipped(path: "d", reason: .tooDeep)
            ])
        limits.fileBytes = 3
        #expect(
            try FileLister.list(SessionFolder(folder.path), limits: limits).skipped.count { $0.reason == .tooLarge }
                == 3)
    }

    /// A folder with very many files takes nothing from the others, whether it is the first, the last or deep.
    @Test(arguments: ["a", "m", "z", "m/deep"]) func boundsAreSharedFairly(large: String) throws {
        let others = ["README", "b/one", "b/two", "n/x/y/three", "y/four"]
        let folder = try TestFolder([:])
        for name in others + (0..<300).map({ "\(large)/generated\($0)" }) { try folder.write(name, "x") }
        for change in [{ $0.files = 40 }, { $0.totalBytes = 40 }] as [(inout LibrarianLimits) -> Void] {
            var limits = LibrarianLimits()
            change(&limits)
            let listing = try FileLister.list(SessionFolder(folder.path), limits: limits)
            #expect(listing.files.count == 40 && listing.limit != nil)
            #expect(Set(others).isSubset(of: listing.files.map(\.path)))
            #expect(
                listing.files.map(\.path)
                    == listing.files.map(\.path).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        }
    }

    @Test func anUnreadableFolderIsAnError() throws {
        #expect(throws: SystemError(code: ENOENT)) {
            try FileLister.list(SessionFolder("/nowhere/at/all"), limits: LibrarianLimits())
        }
        let folder = try TestFolder(["file": ""])
        #expect(throws: SystemError(code: ENOTDIR)) {
            try FileLister.list(SessionFolder(folder.path + "/file"), limits: LibrarianLimits())
        }
    }

    /// In a process of its own: only one that is not root is refused, and giving up root cannot be undone.
    @Test func whatMayNotBeReadIsSkipped() async {
        await #expect(processExitsWith: .success) {
            let folder = try TestFolder(["open": "text", "closed": "text", "shut/a": "text"])
            chmod(folder.path, 0o755)
            chmod(folder.path + "/closed", 0)
            chmod(folder.path + "/shut", 0)
            if geteuid() == 0 { precondition(seteuid(65534) == 0) }
            let listing = try FileLister.list(SessionFolder(folder.path), limits: LibrarianLimits())
            precondition(listing.files.map(\.path) == ["closed", "open"])
            precondition(listing.skipped == [Listing.Skipped(path: "shut", reason: .unreadable)])
            let closed = try Folder(SessionFolder(folder.path)).contents(of: "closed", bytesMaximum: 100)
            guard case .skipped(.unreadable, nil) = closed else { preconditionFailure("\(closed)") }
            if getuid() == 0 { precondition(seteuid(0) == 0) }
        }
    }

    @Test func aCancelEndsTheWalk() async throws {
        let folder = try TestFolder(["a": ""])
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try FileLister.list(SessionFolder(folder.path), limits: LibrarianLimits())
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
