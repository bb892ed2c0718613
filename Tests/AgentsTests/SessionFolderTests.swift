import Glibc
import Testing
import Wire

@testable import Agents

/// The folder of a session is opened where it was checked, and what is the server's own in it is not read.
@Suite struct SessionFolderTests {
    private let place: TestFolder

    init() throws {
        place = try TestFolder([
            "inside/a.txt": "inside", "inside/deep/b.txt": "deep", "outside/secret.txt": "secret",
        ])
    }

    private func confined(_ name: String, hidden: [String] = []) -> SessionFolder {
        let path = place.path + "/" + name
        return SessionFolder(path: path, location: path, hidden: hidden.map { place.path + "/" + $0 }, owner: "alice")
    }

    private func paths(_ folder: SessionFolder) throws -> [String] {
        try FileLister.list(folder, limits: LibrarianLimits()).files.map(\.path)
    }

    @Test func itIsOpenedWhereItWasChecked() throws {
        #expect(try paths(confined("inside")) == ["a.txt", "deep/b.txt"])
        #expect(try paths(confined("inside/deep")) == ["b.txt"])
        let top = SessionFolder(path: "/", location: "/", hidden: [], owner: "")
        #expect(try FileIdentity(at: "/") == Folder(top).identity)
    }

    /// What may stand in the place of a folder between the check and the use: the last part or one above it is a link,
    /// to elsewhere or to a place that would be allowed.
    @Test(arguments: [
        ("inside", "outside"), ("inside", "moved"), ("inside/deep", "../outside"), ("inside/deep", "."),
        ("inside/deep", "/proc/self/root" + "/etc"), ("inside/deep", "/proc/self/cwd"),
    ])
    func aLinkThatWasSwappedInLeadsNowhere(swapped: String, target: String) throws {
        let folder = confined("inside/deep")
        #expect(try paths(folder) == ["b.txt"])
        let path = place.path + "/" + swapped
        rename(path, place.path + "/moved")
        try place.link(swapped, to: target)
        do throws(SystemError) {
            _ = try Folder(folder)
            Issue.record("opened through \(swapped) -> \(target)")
        } catch {
            #expect(error.isAbsence, "\(error)")
        }
        // Without a check it is the user's own word, wherever it leads.
        unlink(path)
        rename(place.path + "/moved", path)
        #expect(try paths(folder) == ["b.txt"])
    }

    /// A link below the folder is swapped in after the folder was opened.
    @Test func aLinkThatIsSwappedInBelowLeadsNowhere() throws {
        let folder = try Folder(confined("inside"))
        rename(place.path + "/inside/deep", place.path + "/moved")
        for target in ["../outside", "../moved", "/proc/self/root", place.path + "/outside"] {
            try place.link("inside/deep", to: target)
            for name in ["b.txt", "secret.txt", "etc/passwd"] {
                guard case .gone = folder.contents(of: "deep/" + name, bytesMaximum: 1 << 20) else {
                    Issue.record("read deep/\(name) through \(target)")
                    continue
                }
            }
            place.delete("inside/deep")
        }
    }

    @Test(arguments: [
        "inside", "./inside", "", "inside/../outside", "inside/./deep", "inside/..", "..", ".",
        "inside\u{0}/../outside",
    ])
    func aPlaceIsAWholePathWithoutDetours(name: String) {
        let prefix = name.hasPrefix("inside/") || name.hasPrefix("inside\u{0}") ? place.path + "/" : ""
        let folder = SessionFolder(path: place.path, location: prefix + name, hidden: [], owner: "")
        do throws(SystemError) {
            _ = try Folder(folder)
            Issue.record("opened \(name)")
        } catch {
            #expect(error.code == ENOENT)
        }
    }

    @Test func aFileOrNothingIsNoFolder() {
        #expect(throws: SystemError(code: ENOTDIR)) { try paths(confined("inside/a.txt")) }
        #expect(throws: SystemError(code: ENOTDIR)) { try paths(confined("inside/a.txt/b")) }
        #expect(throws: SystemError(code: ENOENT)) { try paths(confined("inside/none")) }
    }

    /// A folder above may be closed to everybody but those who know the name of what is in it.
    @Test func passingThroughAFolderNeedsNoRightToListIt() async {
        await #expect(processExitsWith: .success) {
            let place = try TestFolder(["shut/in/a": "text"])
            chmod(place.path, 0o755)
            chmod(place.path + "/shut", 0o711)
            if geteuid() == 0 { precondition(seteuid(65534) == 0) }
            let path = place.path + "/shut/in"
            let folder = SessionFolder(path: path, location: path, hidden: [], owner: "")
            let listing = try FileLister.list(folder, limits: LibrarianLimits())
            precondition(listing.files.map(\.path) == ["a"])
            if getuid() == 0 { precondition(seteuid(0) == 0) }
        }
    }

    @Test(arguments: [
        (["inside/deep"], ["a.txt"], ["deep"]), (["inside/a.txt"], ["deep/b.txt"], ["a.txt"]),
        (["inside/deep/b.txt"], ["a.txt"], ["deep/b.txt"]), (["inside/none", "none"], ["a.txt", "deep/b.txt"], []),
        (["inside/deep", "inside/a.txt"], [], ["a.txt", "deep"]), (["alias"], ["a.txt"], ["deep"]),
        (["outside"], ["a.txt", "deep/b.txt"], []),
    ])
    func whatIsHiddenIsSkippedAndSaid(hidden: [String], listed: [String], skipped: [String]) throws {
        try place.link("alias", to: "inside/deep")
        let session = confined("inside", hidden: hidden)
        let listing = try FileLister.list(session, limits: LibrarianLimits())
        #expect(listing.files.map(\.path) == listed)
        #expect(listing.skipped == skipped.map { Listing.Skipped(path: $0, reason: .hidden) })
        let folder = try Folder(session)
        for path in ["a.txt", "deep/b.txt"] {
            let isRead = if case .text = folder.contents(of: path, bytesMaximum: 100) { true } else { false }
            #expect(isRead == listed.contains(path), "\(path)")
        }
    }

    /// What is renamed is still what it was.
    @Test func whatIsHiddenStaysSoUnderAnotherName() throws {
        let folder = try Folder(confined("inside", hidden: ["inside/deep", "inside/a.txt"]))
        rename(place.path + "/inside/deep", place.path + "/inside/other")
        rename(place.path + "/inside/a.txt", place.path + "/inside/other.txt")
        for path in ["other/b.txt", "other.txt"] {
            guard case .skipped = folder.contents(of: path, bytesMaximum: 100) else {
                Issue.record("read \(path)")
                continue
            }
        }
    }

    @Test func aHiddenFolderIsNoFolderOfASession() {
        #expect(throws: SystemError(code: EACCES)) { try paths(confined("inside", hidden: ["inside"])) }
    }

    @Test func anIgnoreFileThatIsHiddenIsNotRead() throws {
        try place.write("inside/.gitignore", "a.txt\n")
        #expect(try paths(confined("inside")) == ["deep/b.txt"])
        #expect(try paths(confined("inside", hidden: ["inside/.gitignore"])) == ["a.txt", "deep/b.txt"])
    }

    /// The whole way of a turn: the list, the index and the passages that are read keep to the folder.
    @Test func aTurnAnswersFromItsFolderAlone() async throws {
        try place.write("inside/door.swift", "/// Opens the heavy door.\nfunc openDoor() {}\n")
        try place.write("inside/deep/door.swift", "/// The heavy door of the server.\nfunc secretDoor() {}\n")
        let data = try TestFolder()
        let librarian = Librarian(dataDirectory: data.path, logger: .quiet)
        let journal = try CheckedJournal()
        let turn = Turn(
            id: "turn", session: "session", folder: confined("inside", hidden: ["inside/deep"]),
            prompt: [.text("Where is the heavy door opened?")])
        let session = librarian.open(SessionContext(session: "session", folder: turn.folder), host: journal)
        #expect(try await session.prompt(turn) == TurnEnd(.endTurn))
        #expect(journal.text.contains("door.swift"), "\(journal.text)")
        #expect(!journal.entries.contains { "\($0)".contains("secretDoor") })
    }
}
