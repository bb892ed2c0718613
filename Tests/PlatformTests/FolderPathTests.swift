import Foundation
import Platform
import TestKit
import Testing

/// The spellings of one folder.
@Suite struct FolderPathTests {
    @Test func allSpellingsAreOne() {
        for path in ["/p", "/p/", "/p/.", "//p", "/./p//", "///p/././", "/p//."] {
            #expect(FolderPath.normalized(path) == "/p")
        }
        for path in ["/", "//", "/.", "/./"] { #expect(FolderPath.normalized(path) == "/") }
        for path in ["/p/..", "/a b/.c", "/p/...", "/é"] { #expect(FolderPath.normalized(path) == path) }
    }

    @Test func aLinkLeadsToItsFolderAndWhatIsNotThereStays() throws {
        let folder = try TemporaryDirectory("path")
        let real = FolderPath.real(folder.path)
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: ".")
        #expect(FolderPath.real(folder.path("link")) == real)
        #expect(FolderPath.real("/no/such/folder") == "/no/such/folder")
    }
}
