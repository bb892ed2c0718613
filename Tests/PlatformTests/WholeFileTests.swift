import Foundation
import Glibc
import Platform
import SystemPackage
import TestKit
import Testing

/// Files that are replaced atomically, and only this user's.
@Suite struct WholeFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory("files") }

    private func text(_ name: String) -> String? { try? String(contentsOfFile: folder.path(name), encoding: .utf8) }

    private func make(_ name: String, _ text: String = "old") throws {
        try text.write(toFile: folder.path(name), atomically: false, encoding: .utf8)
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: target)
    }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
    }

    private func setMode(_ mode: Int, _ name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path(name))
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    private func reason(_ body: () throws -> Void) -> Errno? {
        do { try body() } catch { return (error as? SystemError)?.code }
        return nil
    }

    @Test func aNewFileIsForThisUserAloneAndNothingIsLeftBeside() throws {
        try WholeFile.replace(folder.path("new"), with: "one")
        #expect(text("new") == "one")
        #expect(try mode("new") == 0o600)
        #expect(try names == ["new"])
    }

    @Test func aNewFileIsNeverAnotherOne() throws {
        try WholeFile.create(folder.path("new"), { try $0("one") })
        #expect(text("new") == "one")
        #expect(try mode("new") == 0o600)
        #expect(reason { try WholeFile.create(folder.path("new"), { try $0("two") }) } == .fileExists)
        try link("link", to: "elsewhere")
        #expect(reason { try WholeFile.create(folder.path("link"), { try $0("two") }) } == .fileExists)
        #expect(text("new") == "one")
        #expect(try names == ["link", "new"])
    }

    @Test(arguments: [0o600, 0o640, 0o644, 0o700])
    func aFileKeepsItsPermissionsAndGetsNoWiderOnes(kept: Int) throws {
        try make("file")
        try setMode(kept, "file")
        try WholeFile.replace(folder.path("file"), with: "new")
        #expect(text("file") == "new")
        #expect(try mode("file") == kept)
        #expect(try names == ["file"])
    }

    @Test func aFolderThatIsNotThereIsSaid() {
        #expect(
            reason { try WholeFile.replace("nowhere/\(UUID().uuidString)/file", with: "") } == .noSuchFileOrDirectory)
    }

    @Test func aLinkOfThisUsersStaysAndItsTargetIsReplaced() throws {
        try make("target")
        try setMode(0o640, "target")
        try link("link", to: "target")
        try WholeFile.replace(folder.path("link"), with: "new")
        #expect(text("target") == "new")
        #expect(try mode("target") == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "target")
        #expect(try names == ["link", "target"])
    }

    /// A pipe, a terminal, a device: what is written goes into it, and it stays what it is.
    @Test func whatIsNoRegularFileIsWrittenThrough() async throws {
        // A pipe for each: a child that another test starts may hold the end of a reader for a moment, and a writer that
        // takes it for the next one's would be gone before that comes.
        mkfifo(folder.path("pipe"), 0o600)
        mkfifo(folder.path("other"), 0o600)
        try link("to-pipe", to: "other")
        try link("device", to: "/dev/null")
        for name in ["pipe", "to-pipe"] {
            let path = folder.path(name)
            let reader = Task.detached { try WholeFile.text(path) }
            try WholeFile.replace(path, with: "through \(name)")
            #expect(try await reader.value == "through \(name)")
        }
        try WholeFile.replace(folder.path("device"), with: "nothing")
        #expect(reason { try WholeFile.replace("/dev/full", with: "x") } == .noSpace)
        var status = stat()
        #expect(lstat(folder.path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(lstat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        #expect(try names == ["device", "other", "pipe", "to-pipe"])
    }

    @Test func whatCannotBeWrittenIsLeftAlone() throws {
        try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: false)
        try link("loose", to: "nowhere/at/all")
        #expect(reason { try WholeFile.replace(folder.path("folder"), with: "x") } == .isDirectory)
        #expect(reason { try WholeFile.replace(folder.path("loose"), with: "x") } == .noSuchFileOrDirectory)
        #expect(try names == ["folder", "loose"])
    }

    /// A shell creates the file that a link leads to, however many links lead there.
    @Test func theTargetOfALinkIsCreated() throws {
        try FileManager.default.createDirectory(atPath: folder.path("sub"), withIntermediateDirectories: false)
        try link("first", to: "sub/second")
        try link("sub/second", to: "../sub/made")
        try WholeFile.checkWritable(folder.path("first"))
        try WholeFile.replace(folder.path("first"), with: "new")
        #expect(text("sub/made") == "new")
        try link("loop", to: "loop")
        #expect(reason { try WholeFile.replace(folder.path("loop"), with: "x") } == .tooManySymbolicLinkLevels)
        #expect(reason { try WholeFile.checkWritable(folder.path("loop")) } == .tooManySymbolicLinkLevels)
    }

    /// Where another name or an inherited descriptor shows the file, its text changes and not the file.
    @Test func aFileWithSeveralNamesIsWrittenInPlace() throws {
        try make("one", "a longer old text")
        #expect(Glibc.link(folder.path("one"), folder.path("two")) == 0)
        try WholeFile.replace(folder.path("one"), with: "new")
        #expect(text("one") == "new" && text("two") == "new")
        #expect(try names == ["one", "two"])
    }

    @Test(.enabled(if: geteuid() != 0, "root may write to every folder"))
    func aFileInAFolderThatCannotBeChangedIsWrittenInPlace() throws {
        try make("file", "a longer old text")
        for mode in [0o500, 0o100, 0o300] {
            chmod(folder.path, mode_t(mode))
            defer { chmod(folder.path, 0o700) }
            try WholeFile.checkWritable(folder.path("file"))
            try WholeFile.replace(folder.path("file"), with: "new \(mode)")
            #expect(text("file") == "new \(mode)")
        }
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        #expect(reason { try WholeFile.checkWritable(folder.path("other")) } == .permissionDenied)
    }

    @Test(arguments: ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"])
    func aPathOfADescriptorIsTheDescriptorAndNotItsFile(place: String) throws {
        let descriptor = Glibc.open(folder.path("log"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let path = "\(place)/\(descriptor)"
        try link("to-descriptor", to: path)
        try WholeFile.checkWritable(path)
        try WholeFile.replace(path, with: "one ")
        try WholeFile.replace(folder.path("to-descriptor"), with: "two ")
        #expect(write(descriptor, "after", 5) == 5)
        #expect(text("log") == "one two after")
        #expect(try names == ["log", "to-descriptor"])
        unlink(folder.path("log"))
        try WholeFile.replace(path, with: "into a file without a name")
        #expect(try names == ["to-descriptor"])
    }

    /// The databases of the program have descriptors too, which nobody meant.
    @Test func aDescriptorThatWasNotInheritedOrCannotBeWrittenIsRefused() throws {
        try make("own")
        for flags in [O_RDWR | O_CLOEXEC, O_RDONLY] {
            let descriptor = Glibc.open(folder.path("own"), flags)
            defer { close(descriptor) }
            let path = "/dev/fd/\(descriptor)"
            #expect(reason { try WholeFile.checkWritable(path) } == .badFileDescriptor)
            #expect(reason { try WholeFile.replace(path, with: "x") } == .badFileDescriptor)
        }
        #expect(text("own") == "old")
        #expect(reason { try WholeFile.checkWritable("/dev/fd/9999") } == .badFileDescriptor)
    }

    @Test func whatCannotBeWrittenIsKnownBeforeTheWork() throws {
        try make("file")
        try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: false)
        for (path, expected) in [
            ("", Errno.noSuchFileOrDirectory), (folder.path("folder"), .isDirectory),
            (folder.path("new") + "/", .isDirectory), (folder.path("file") + "/x", .notDirectory),
            (folder.path("no/x"), .noSuchFileOrDirectory),
            (folder.path(String(repeating: "x", count: 300)), .fileNameTooLong),
        ] {
            #expect(reason { try WholeFile.checkWritable(path) } == expected, "\(path)")
            #expect(reason { try WholeFile.replace(path, with: "x") } != nil, "\(path)")
        }
        for path in ["/dev/null", folder.path("new"), folder.path("file")] { try WholeFile.checkWritable(path) }
        #expect(try names == ["file", "folder"], "a check makes nothing")
    }

    /// A link of another user may lead anywhere and is refused; a file of another user keeps its owner.
    @Test(.enabled(if: geteuid() == 0, "only root can make another user's files"))
    func anotherUsersLinkIsNotFollowedAndTheirFileStaysTheirs() throws {
        try make("own", "own")
        try make("theirs")
        try link("their-link", to: "own")
        for name in ["theirs", "their-link"] { lchown(folder.path(name), 12_345, 12_346) }
        #expect(reason { try WholeFile.replace(folder.path("their-link"), with: "x") } == .notPermitted)
        #expect(text("own") == "own")
        try WholeFile.replace(folder.path("theirs"), with: "new")
        var status = stat()
        #expect(lstat(folder.path("theirs"), &status) == 0 && (status.st_uid, status.st_gid) == (12_345, 12_346))
        #expect(text("theirs") == "new")
    }

    /// Whoever knows which process writes, and where, laid links under the names that it could take.
    @Test func noNameIsWrittenToThatSomebodyCouldHaveLaid() throws {
        try make("precious", "precious")
        for suffix in ["new-\(getpid())", "new", "tmp", "\(getpid())"] {
            for name in ["answer.\(suffix)", ".answer.\(suffix)", ".belay-\(suffix)", ".belay-\(suffix).new"] {
                try link(name, to: "precious")
            }
        }
        let before = try names
        for round in 0..<20 { try WholeFile.replace(folder.path("answer"), with: "\(round)") }
        #expect(text("precious") == "precious")
        #expect(try names == (before + ["answer"]).sorted())
    }

    @Test func aFileIsReadWholeWithinItsBound() throws {
        let whole = String(repeating: "é", count: WholeFile.bytesMaximum / 2)
        let file = folder.path("file")
        try WholeFile.replace(file, with: whole)
        #expect(try WholeFile.text(file) == whole)
        try WholeFile.replace(file, with: whole + "x")
        #expect(reason { _ = try WholeFile.text(file) } == .fileTooLarge)
        try Data([0xFF]).write(to: URL(fileURLWithPath: folder.path("bytes")))
        #expect(reason { _ = try WholeFile.text(folder.path("bytes")) } == .illegalByteSequence)
        let sentence = #expect(throws: SystemError.self) { try WholeFile.text(folder.path("bytes")) }?.description
        #expect(sentence?.contains("bytes, which is not UTF-8") == true)
        #expect(reason { _ = try WholeFile.text(folder.path("none")) } == .noSuchFileOrDirectory)
        // A folder is no empty file.
        #expect(reason { _ = try WholeFile.text(folder.path) } == .isDirectory)
    }
}
