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
        try #require(truncate(long, 64 << 10 + 1) == 0)
        let named = "--theme \(themes)/named.toml"
        for (command, words) in [
            ("BELAY_THEME=variable \(Self.belay) \(named)", "named.toml:1: There is no key 'named'"),
            ("BELAY_THEME=variable \(Self.belay)", "variable.toml:1: There is no key 'variable'"),
            (Self.belay, "configured.toml:1: There is no key 'configured'"),
            ("\(Self.belay) --theme \(themes)/none.toml", "none.toml: No such file"),
            ("BELAY_THEME=long \(Self.belay)", "long.toml, which has more than 65536 bytes: File too large"),
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
            ("shared", "\(shared)/shared.toml:1: There is no key 'shared'"),
            ("configured", "\(themes)/configured.toml:1: There is no key 'configured'"),
            ("nowhere", "there is no theme 'nowhere'"),
        ] {
            let screen = try Screen(
                home, columns: 200,
                command: "unshare --mount sh -c '\(setUp) && exec env BELAY_THEME=\(name) \(Self.belay)'")
            #expect(await screen.shows("left with 78"), "\(name): \(screen.text)")
            #expect(screen.text.contains(words), "\(name): \(screen.text)")
        }
    }

    @Test("a theme is changed by /theme and by saving its file; a broken file keeps the one before")
    func live() async throws {
        let (home, themes) = try themedHome()
        let mine = "\(themes)/mine.toml"
        try "[roles]\ntext = \"#010203\"\n".write(toFile: mine, atomically: true, encoding: .utf8)
        let screen = try Screen(
            home, columns: 119, command: "COLORTERM=truecolor BELAY_THEME=terminal \(Self.belay)")
        #expect(await screen.shows("● live"), "\(screen.text)")
        for (name, words) in [
            ("none", "there is no theme 'none'"), ("named", "named.toml:1: There is no key 'named'"),
        ] {
            try screen.type("/theme \(name)")
            try screen.press("Enter")
            // The notice is wrapped somewhere.
            let joined = words.filter { !$0.isWhitespace }
            #expect(await screen.shows { $0.filter { !$0.isWhitespace }.contains(joined) }, "\(screen.text)")
        }
        try screen.type("/theme mine")
        try screen.press("Enter")
        #expect(await screen.showsStyled("38;2;1;2;3"), "\(screen.styled)")
        try "[roles]\ntext = \"#040506\"\n".write(toFile: mine, atomically: true, encoding: .utf8)
        #expect(await screen.showsStyled("38;2;4;5;6"), "\(screen.styled)")
        try "[roles]\n\ntext = \"rod\"\n".write(toFile: mine, atomically: false, encoding: .utf8)
        let notice = "mine.toml:3:'roles.text'names'rod'"
        #expect(await screen.shows { $0.filter { !$0.isWhitespace }.contains(notice) }, "\(screen.text)")
        #expect(screen.styled.contains("38;2;4;5;6"))
    }

    @Test("what /theme took is there at the next start, unless something else decides or it is there no more")
    func kept() async throws {
        let home = try Home()
        func start(_ before: String = "", shows theme: String) async throws -> Screen {
            let screen = try Screen(home, columns: 140, command: "\(before)\(Self.belay)")
            #expect(await screen.shows("theme: \(theme)"), "\(screen.text)")
            return screen
        }
        let screen = try await start(shows: "terminal")
        try screen.type("/theme tide")
        try screen.press("Enter")
        #expect(await screen.shows("theme: tide (dark)"), "\(screen.text)")
        try screen.press("C-d")
        #expect(await screen.shows("left with 0"), "\(screen.text)")
        let next = try await start(shows: "tide (dark)")
        try next.press("C-d")
        let other = try await start("BELAY_THEME=paper ", shows: "paper (dark)")
        try other.type("/theme tide")
        try other.press("Enter")
        #expect(await other.shows("until you leave"), "\(other.text)")
        try other.press("C-d")
        try "gone\n".write(toFile: home.directory.path("state/belay/theme"), atomically: true, encoding: .utf8)
        _ = try await start(shows: "terminal")
    }

    @Test("belay theme lists, shows, checks and begins themes")
    func command() async throws {
        let (home, themes) = try themedHome()
        let list = try await home.run("belay", ["theme", "list"])
        #expect(list.status == 0 && list.output.contains("tide "), "\(list.output)")
        #expect(list.output.contains("named") && list.output.contains("There is no key 'named'"), "\(list.output)")
        let show = try await home.run("belay", ["theme", "show", "tide"])
        #expect(show.status == 0 && show.output.contains("The quick brown fox"), "\(show.output)")
        let good = try await home.run("belay", ["theme", "check", "tide", "paper", "contrast", "mono"])
        #expect(good.status == 0 && good.output.contains("tide: good"), "\(good.output)")
        #expect(try await home.run("belay", ["theme", "check", "named"]).status == 78)

        let new = try await home.run("belay", ["theme", "new", "mine", "--from", "paper"])
        #expect(new.status == 0, "\(new.errors)")
        let text = try String(contentsOfFile: "\(themes)/mine.toml", encoding: .utf8)
        #expect(text.contains("name    = \"mine\"") && text.contains("pencil"))
        #expect(try await home.run("belay", ["theme", "new", "mine"]).status == 73, "it exists")
        #expect(try await home.run("belay", ["theme", "new", "../mine"]).status == 64)

        let poor = text.replacingOccurrences(of: "#6b665c", with: "#e0e0e0")
        try poor.write(toFile: "\(themes)/mine.toml", atomically: true, encoding: .utf8)
        let check = try await home.run("belay", ["theme", "check", "mine"])
        #expect(check.status == 1 && check.output.contains("'text.muted' has a contrast of"), "\(check.output)")
    }
}
