import Client
import Foundation
import TestKit
import Testing

/// Files that are replaced: whole or not at all, and nobody else's.
@Suite struct TextFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory("files") }

    private func text(_ name: String) -> String? { try? String(contentsOfFile: folder.path(name), encoding: .utf8) }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
    }

    private func setMode(_ mode: Int, _ name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path(name))
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    @Test func aNewFileIsForThisUserAloneAndNothingIsLeftBeside() throws {
        #expect(TextFile.replace(folder.path("new"), with: "one"))
        #expect(text("new") == "one")
        #expect(try mode("new") == 0o600)
        #expect(try names == ["new"])
    }

    @Test(arguments: [0o600, 0o640, 0o644, 0o400, 0o700])
    func aFileKeepsItsPermissionsAndGetsNoWiderOnes(kept: Int) throws {
        try "old".write(toFile: folder.path("file"), atomically: false, encoding: .utf8)
        try setMode(kept, "file")
        #expect(TextFile.replace(folder.path("file"), with: "new"))
        #expect(text("file") == "new")
        #expect(try mode("file") == kept)
        #expect(try names == ["file"])
    }

    @Test func aFolderThatIsNotThereIsSaid() {
        #expect(!TextFile.replace("nowhere/\(UUID().uuidString)/file", with: ""))
        #expect(errno == ENOENT)
    }

    @Test func aLinkOfThisUsersStaysAndItsTargetIsReplaced() throws {
        try "old".write(toFile: folder.path("target"), atomically: false, encoding: .utf8)
        try setMode(0o640, "target")
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "target")
        #expect(TextFile.replace(folder.path("link"), with: "new"))
        #expect(text("target") == "new")
        #expect(try mode("target") == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "target")
        #expect(try names == ["link", "target"])
    }

    @Test func whatIsNoFileOfThisUsersIsLeftAlone() throws {
        try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.path("loose"), withDestinationPath: "nowhere")
        try FileManager.default.createSymbolicLink(atPath: folder.path("device"), withDestinationPath: "/dev/null")
        mkfifo(folder.path("pipe"), 0o600)
        let before = try names
        for (name, reason) in [("folder", EINVAL), ("pipe", EINVAL), ("loose", ENOENT), ("device", EINVAL)] {
            #expect(!TextFile.replace(folder.path(name), with: "x"), "\(name)")
            #expect(errno == reason, "\(name): \(String(cString: strerror(errno)))")
        }
        #expect(try names == before)
        var status = stat()
        #expect(lstat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        guard geteuid() == 0 else { return print("skipped: only root can make another user's files") }
        try "theirs".write(toFile: folder.path("foreign"), atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: folder.path("foreignLink"), withDestinationPath: "own")
        try "own".write(toFile: folder.path("own"), atomically: false, encoding: .utf8)
        for name in ["foreign", "foreignLink"] { lchown(folder.path(name), 12_345, 12_345) }
        for name in ["foreign", "foreignLink"] {
            #expect(!TextFile.replace(folder.path(name), with: "x"), "\(name)")
            #expect(errno == EPERM, "\(name)")
        }
        #expect(text("foreign") == "theirs")
        #expect(text("own") == "own")
    }

    /// Whoever knows which process writes, and where, laid links under the names that it could take.
    @Test func noNameIsWrittenToThatSomebodyCouldHaveLaid() throws {
        try "precious".write(toFile: folder.path("precious"), atomically: false, encoding: .utf8)
        for suffix in ["new-\(getpid())", "new", "tmp", "\(getpid())"] {
            for name in ["answer.\(suffix)", ".answer.\(suffix)", ".belay-\(suffix)", ".belay-\(suffix).new"] {
                try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: "precious")
            }
        }
        let before = try names
        for round in 0..<20 { #expect(TextFile.replace(folder.path("answer"), with: "\(round)")) }
        #expect(text("precious") == "precious")
        #expect(try names == (before + ["answer"]).sorted())
    }

    @Test func aFileIsReadWholeWithinItsBound() throws {
        let whole = String(repeating: "é", count: TextFile.bytesMaximum / 2 - 1)
        #expect(TextFile.replace(folder.path("file"), with: whole))
        #expect(TextFile.read(folder.path("file")) == whole)
        #expect(TextFile.replace(folder.path("file"), with: whole + "xx"))
        #expect(TextFile.read(folder.path("file")) == nil)
        #expect(errno == EFBIG)
        try Data([0xFF]).write(to: URL(fileURLWithPath: folder.path("bytes")))
        #expect(TextFile.read(folder.path("bytes")) == nil)
        #expect(errno == EILSEQ)
        #expect(TextFile.read(folder.path("none")) == nil)
        #expect(errno == ENOENT)
    }
}
