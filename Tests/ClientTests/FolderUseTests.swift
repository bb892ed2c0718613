import Client
import Foundation
import TestKit
import Testing

/// Folders that others could have a hand in: looked at before anything in them is believed.
@Suite struct FolderUseTests {
    private let root: TemporaryDirectory

    init() throws {
        root = try TemporaryDirectory("folders")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: root.path)
    }

    private func make(_ name: String, _ mode: Int) throws -> String {
        try FileManager.default.createDirectory(atPath: root.path(name), withIntermediateDirectories: false)
        // Separately: the mask takes bits away when a folder is made.
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: root.path(name))
        return root.path(name)
    }

    /// What is said against a folder; nothing when it is good.
    private func complaint(_ use: FolderUse, _ folder: String) -> String {
        do throws(ClientError) {
            try use.check(folder)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func everyModeIsLookedAt() throws {
        for mode in 0...0o777 {
            let folder = try make("m\(mode)", mode)
            let canWrite = mode & 0o022 != 0
            let canReach = mode & 0o077 != 0
            #expect(complaint(.kept, folder).contains("others can write to") == canWrite, "\(String(mode, radix: 8))")
            #expect(complaint(.believed, folder).contains("others can write to") == canWrite)
            #expect(complaint(.sockets, folder).contains("others can reach") == canReach)
            #expect(complaint(.kept, folder).isEmpty == !canWrite)
            #expect(complaint(.sockets, folder).isEmpty == !canReach)
            rmdir(folder)
        }
    }

    @Test func aLinkIsNoFolderForSocketsAndAnotherPlaceForWhatIsKept() throws {
        let target = try make("target", 0o700)
        let link = root.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        #expect(complaint(.sockets, link).contains("is a link"))
        #expect(complaint(.kept, link).isEmpty)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: target)
        #expect(complaint(.kept, link).contains("others can write to"))
        rmdir(target)
        #expect(complaint(.kept, link).contains("does not exist"))
        #expect(complaint(.sockets, link).contains("is a link"))
    }

    @Test func whatIsNoFolderIsSaidAndWhatIsNotThereIsNobodys() throws {
        try Data().write(to: URL(fileURLWithPath: root.path("file")))
        for use in [FolderUse.kept, .believed, .sockets] {
            #expect(complaint(use, root.path("file")).contains("is no folder"))
            #expect(complaint(use, root.path("none")).isEmpty)
        }
    }

    @Test func thePlaceOfSocketsIsOneThatNobodyElseCanChange() throws {
        for (mode, isGood) in [(0o700, true), (0o755, true), (0o775, false), (0o777, false), (0o1777, true)] {
            let place = try make("place", mode)
            chmod(place, mode_t(mode))
            let inside = place + "/belay"
            #expect(complaint(.sockets, inside).isEmpty == isGood, "not there yet, \(String(mode, radix: 8))")
            mkdir(inside, 0o700)
            #expect(complaint(.sockets, inside).isEmpty == isGood, "\(String(mode, radix: 8))")
            #expect(complaint(.kept, inside).isEmpty)
            rmdir(inside)
            rmdir(place)
        }
    }

    @Test func anotherUsersFolderIsNotTaken() throws {
        guard geteuid() == 0 else { return print("skipped: only root can make another user's folder") }
        let folder = try make("theirs", 0o700)
        chown(folder, 12_345, 12_345)
        for use in [FolderUse.kept, .believed, .sockets] {
            #expect(complaint(use, folder).contains("belongs to another user"))
            #expect(complaint(use, folder + "/below").isEmpty == (use != .sockets), "its place is another user's")
        }
        let link = root.path("theirLink")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: try make("ours", 0o700))
        lchown(link, 12_345, 12_345)
        #expect(complaint(.kept, link).contains("belongs to another user"))
    }

    @Test func aFolderThatIsMadeIsForThisUserAlone() throws {
        let folder = root.path("a") + "/b/c"
        try Folders.make(folder, .sockets)
        for made in [root.path("a"), root.path("a") + "/b", folder] {
            let mode = try FileManager.default.attributesOfItem(atPath: made)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
        try Folders.make(folder, .sockets)
        chmod(folder, 0o711)
        #expect(throws: ClientError.self) { try Folders.make(folder, .sockets) }
        try Folders.make(folder)
    }

    @Test func thePrivateServersPlaceIsLookedAtBeforeAnythingIsSaid() throws {
        let folders = try Folders(environment: ["XDG_STATE_HOME": root.path, "XDG_CONFIG_HOME": root.path])
        let place = folders.state + "/server"
        try Folders.make(folders.state)
        func server() throws(ClientError) {
            _ = try PrivateServer(folders: folders, program: "belayd", expire: "1d")
        }
        try server()
        // On another disk, perhaps; there, too, nobody else may look into it.
        let elsewhere = try make("elsewhere", 0o700)
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: elsewhere)
        try server()
        chmod(elsewhere, 0o755)
        #expect(throws: ClientError.self) { try server() }
        unlink(place)
        mkdir(place, 0o700)
        try server()
        chmod(place, 0o777)
        #expect(throws: ClientError.self) { try server() }
    }

    @Test func locksFollowNoLinks() throws {
        let state = try make("state", 0o700)
        try Folders.make(state + "/seats")
        try FileManager.default.createSymbolicLink(atPath: state + "/seats/0", withDestinationPath: "../precious")
        #expect(try ClientInstance(folder: state).number == 1)
        #expect(access(state + "/precious", F_OK) != 0, "nothing was made where the link leads")
    }
}
