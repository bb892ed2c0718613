import Glibc
import Server
import TestKit
import Testing
import Wire

/// The data folder is its owner's alone, or there is no server.
@Suite struct DataFolderTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    @Test func itIsMadePrivate() throws {
        let path = try DataFolder.prepare(place.path("a/b/data"))
        for folder in ["a", "a/b", "a/b/data"] {
            var status = stat()
            #expect(lstat(place.path(folder), &status) == 0 && status.st_mode & 0o777 == 0o700, "\(folder)")
        }
        #expect(try DataFolder.prepare(path) == path, "it is found as it was made")
        #expect(try DataFolder.prepare(path + "/") == path)
    }

    /// Every mode there is: one bit for others, and it is not served.
    @Test func oneThatOthersMayEnterIsRefused() throws {
        let path = place.path("data")
        #expect(mkdir(path, 0o700) == 0)
        for mode in mode_t(0)..<0o100 {
            #expect(chmod(path, 0o700 | mode) == 0)
            do throws(ConfigurationError) {
                _ = try DataFolder.prepare(path)
                #expect(mode == 0, "served with mode \(String(0o700 | mode, radix: 8))")
            } catch {
                #expect(mode != 0)
                #expect(error.description.contains("chmod 700 \(path)"))
            }
            var status = stat()
            lstat(path, &status)
            #expect(status.st_mode & 0o777 == 0o700 | mode, "refused, not repaired")
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func anotherUsersIsRefused() throws {
        let path = place.path("data")
        #expect(mkdir(path, 0o700) == 0)
        #expect(chown(path, 65_534, 65_534) == 0)
        do throws(ConfigurationError) {
            _ = try DataFolder.prepare(path)
            Issue.record("served")
        } catch {
            #expect(error.description.contains("belongs to another user"))
        }
    }

    @Test func whatIsNoFolderIsRefused() throws {
        close(open(place.path("file"), O_WRONLY | O_CREAT, 0o600))
        symlink("nothing", place.path("broken"))
        for name in ["file/data", "broken/data"] {
            #expect(throws: ConfigurationError.self) { try DataFolder.prepare(place.path(name)) }
        }
    }

    /// The path that is used from then on is the folder that was looked at.
    @Test func aLinkIsTakenForWhatItLeadsTo() throws {
        let path = try DataFolder.prepare(place.path("data"))
        symlink("data", place.path("link"))
        #expect(try DataFolder.prepare(place.path("link")) == path)
        #expect(chmod(path, 0o755) == 0)
        #expect(throws: ConfigurationError.self) { try DataFolder.prepare(place.path("link")) }
    }

    @Test func theLockIsNoLink() throws {
        let path = try DataFolder.prepare(place.path("data"))
        symlink("elsewhere", path + "/" + ServerNote.fileName)
        #expect(throws: ConfigurationError.self) { try DataLock.take(in: path) }
        #expect(access(path + "/elsewhere", F_OK) != 0)
    }
}
