import Foundation
import ProgramKit
import TestKit
import Testing

/// Where `belay(1)` says that a theme comes from. Each theme here is wrong in a way of its own, so what is said names
/// the one that was read.
@Suite("The manual of belay: themes", .serialized)
struct ThemeManualTests {
    private static let belay = "\(Home.programs)/belay"

    /// A home whose configuration wants a theme, with several in its folder.
    private func themedHome() throws -> (home: Home, themes: String) {
        let home = try Home()
        let themes = home.directory.path("config/belay/themes")
        try FileManager.default.createDirectory(
            atPath: themes, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in ["named", "variable", "configured"] {
            try "\(name) = 1\n".write(toFile: "\(themes)/\(name).toml", atomically: true, encoding: .utf8)
        }
        try "theme = \"configured\"\n".write(
            toFile: home.directory.path("config/belay/config.toml"), atomically: true, encoding: .utf8)
        return (home, themes)
    }

    @Test("the theme is the file of --theme, else the one of BELAY_THEME, else that of the configuration")
    func order() async throws {
        let (home, themes) = try themedHome()
        let long = themes + "/long.toml"
        _ = FileManager.default.createFile(atPath: long, contents: nil)
        try #require(truncate(long, 1 << 20 + 1) == 0)
        for (command, words) in [
            ("BELAY_THEME=variable \(Self.belay) --theme \(themes)/named.toml", "named.toml: There is no key 'named'"),
            ("BELAY_THEME=variable \(Self.belay)", "variable.toml: There is no key 'variable'"),
            (Self.belay, "configured.toml: There is no key 'configured'"),
            ("\(Self.belay) --theme \(themes)/none.toml", "none.toml: No such file"),
            ("BELAY_THEME=long \(Self.belay)", "long.toml, which has more than 1048576 bytes: File too large"),
        ] {
            let screen = try Screen(home, columns: 200, command: command)
            #expect(await screen.shows("left with 78"), "\(command): \(screen.text)")
            #expect(screen.text.contains(words), "\(command): \(screen.text)")
        }
        // One that is right is taken, whatever its name.
        try FileManager.default.copyItem(
            at: Repository.root.appendingPathComponent("themes/terminal.toml"),
            to: URL(fileURLWithPath: themes + "/mine.toml"))
        let screen = try Screen(home, command: "BELAY_THEME=mine \(Self.belay)")
        #expect(await screen.shows("● live"), "\(screen.text)")
    }

    @Test(
        "a theme that this user does not have is looked for in /usr/share/belay/themes",
        .enabled(if: SmallDisk.isAllowed, "only root may put another disk in the place of /usr/share"))
    func shared() async throws {
        let (home, themes) = try themedHome()
        // Only the program and its children see the disk that is mounted there.
        let shared = "/usr/share/belay/themes"
        let setUp =
            "mount -t tmpfs none /usr/share && mkdir -p \(shared) && echo shared = 1 | tee \(shared)/shared.toml"
            + " > \(shared)/configured.toml"
        for (name, words) in [
            ("shared", "\(shared)/shared.toml: There is no key 'shared'"),
            ("configured", "\(themes)/configured.toml: There is no key 'configured'"),
            ("nowhere", "there is no theme 'nowhere'"),
        ] {
            let screen = try Screen(
                home, columns: 200,
                command: "unshare --mount sh -c '\(setUp) && exec env BELAY_THEME=\(name) \(Self.belay)'")
            #expect(await screen.shows("left with 78"), "\(name): \(screen.text)")
            #expect(screen.text.contains(words), "\(name): \(screen.text)")
        }
    }
}
