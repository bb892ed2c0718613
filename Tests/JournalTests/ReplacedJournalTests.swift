import Glibc
import Journal
import JournalKit
import Ledger
import StorageKit
import TestKit
import Testing
import Wire

/// A journal whose file was removed or replaced while it is open: no commit that would be lost is acknowledged.
@Suite struct ReplacedJournalTests {
    enum Accident: CaseIterable { case unlinked, moved, replaced, folderMoved }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var folder: String { directory.path("data") }
    private var path: String { folder + "/" + SQLiteJournal.fileName }

    private func strike(_ accident: Accident) throws {
        switch accident {
        case .unlinked: try #require(unlink(path) == 0)
        case .moved: try #require(rename(path, directory.path("aside")) == 0)
        case .replaced:
            // A valid, empty one, as when an operator restores a copy under a running server.
            _ = try SQLiteJournal(folder: directory.path("other"))
            try #require(rename(directory.path("other/" + SQLiteJournal.fileName), path) == 0)
        case .folderMoved: try #require(rename(folder, directory.path("elsewhere")) == 0)
        }
    }

    @Test(arguments: Accident.allCases) func nothingIsAcknowledged(_ accident: Accident) throws {
        let journal = try SQLiteJournal(folder: folder)
        _ = try journal.create(session("s"))
        try journal.commit([commit("s", [note(1)])])
        // Whoever reads has the file open from now on, as a server has.
        #expect(try journal.load("s", of: nil)?.record.headSeq == 1)
        try strike(accident)
        for _ in 0..<2 {
            let error = storeError { try journal.commit([commit("s", [note(2)])]) }
            #expect(error?.isFailed == true)
            #expect(error?.description.contains(path) == true, "the operator is told which")
            #expect(error?.remoteDescription.contains("/") == false, "and nobody else is")
        }
        #expect(try journal.load("s", of: nil)?.record.headSeq == 1, "nothing of it was written")
    }

    @Test func whatIsPutBackGoesOn() throws {
        let journal = try SQLiteJournal(folder: folder)
        _ = try journal.create(session("s"))
        try journal.commit([commit("s", [note(1)])])
        try strike(.moved)
        #expect(storeError { try journal.commit([commit("s", [note(2)])]) } != nil)
        try #require(rename(directory.path("aside"), path) == 0)
        try journal.commit([commit("s", [note(2)])])
        #expect(try SQLiteJournal(folder: folder).load("s", of: nil)?.record.headSeq == 2)
    }

    /// A session or a token that is made is promised as much as a prompt is.
    @Test func nothingElseIsPromisedEither() throws {
        let journal = try SQLiteJournal(folder: folder)
        _ = try journal.create(session("s"))
        try strike(.unlinked)
        #expect(storeError { _ = try journal.create(session("t")) }?.isFailed == true)
        #expect(storeError { try journal.delete("s") }?.isFailed == true)
    }
}
