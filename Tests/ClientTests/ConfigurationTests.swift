import Client
import Foundation
import TestKit
import Platform
import Testing
import Transport

/// The client's configuration, its folders and its instances.
@Suite struct ConfigurationTests {
    @Test func everyKeyIsTakenOver() throws {
        let configuration = try ClientConfiguration(
            toml: """
                server = "work"
                expire = "7d"
                theme = "paper"
                [ui]
                hints = false
                [servers.work]
                url = "wss://agents.example"
                token_command = "pass belay"
                certificates = "/etc/own.pem"
                directory = "/srv/shop"
                compression = "off"
                """, file: "config.toml")
        #expect(configuration.expire == "7d")
        #expect(configuration.screen.themeOnDark == "paper" && configuration.screen.themeOnLight == "paper")
        #expect(configuration.screen.hasHints == false)
        let work = try #require(try configuration.resolve(nil))
        #expect(work.endpoint.description == "wss://agents.example:443")
        #expect(work.tokenCommand == "pass belay")
        #expect(work.certificates == "/etc/own.pem")
        #expect(work.directory == "/srv/shop")
        #expect(work.compression == .off)
        #expect(try configuration.resolve("wss://agents.example:443") == work, "known by its address as well")
        #expect(try configuration.resolve("ws://127.0.0.1:1")?.tokenCommand == nil)
        #expect(try configuration.resolve("ws://127.0.0.1:1")?.compression == .auto)
        for compression in Compression.allCases {
            let text = "[servers.a]\nurl = \"wss://a.example\"\ncompression = \"\(compression.rawValue)\""
            #expect(try ClientConfiguration(toml: text, file: "f").servers["a"]?.compression == compression)
        }
        #expect(try ClientConfiguration().resolve(nil) == nil, "the private server")
    }

    @Test func theScreensSettingsAreRead() throws {
        let configuration = try ClientConfiguration(
            toml: """
                theme = { dark = "tide", light = "paper" }
                [ui]
                appearance = "light"
                glyphs = "ascii"
                motion = "none"
                notify = "osc9"
                """, file: "config.toml")
        var expected = ScreenSettings()
        (expected.themeOnDark, expected.themeOnLight) = ("tide", "paper")
        (expected.appearance, expected.glyphs) = (.light, .ascii)
        (expected.motion, expected.notification) = (.none, .osc9)
        #expect(configuration.screen == expected)
    }

    @Test func whoeverWritesNothingHasTheDefaultsOfTheManual() throws {
        let configuration = try ClientConfiguration(toml: "", file: "config.toml")
        #expect(configuration == ClientConfiguration())
        #expect(configuration.server == nil)
        #expect(configuration.expire == "30d")
        #expect(configuration.screen == ScreenSettings())
    }

    @Test(arguments: [
        ("sever = \"x\"", "the key 'sever' is unknown"), ("server = 5", "'server' must be a string"),
        ("expire = \"soon\"", "'expire' must be a duration"), ("[ui]\nhint = true", "the key 'ui.hint' is unknown"),
        ("[ui]\nhints = \"yes\"", "'ui.hints' must be true or false"), ("ui = 5", "'ui' must be a section"),
        ("[ui]\nmotion = \"some\"", "'ui.motion' must be one of \"full\", \"none\""),
        ("[ui]\nnotify = 5", "'ui.notify' must be one of"), ("theme = 5", "'theme' must be a string, or {"),
        ("theme = { dusk = \"tide\" }", "the key 'theme.dusk' is unknown"),
        ("theme = { dark = 5 }", "'theme.dark' must be a string"),
        ("servers = 5", "'servers' must be a section"),
        ("[servers]\nwork = 5", "'servers.work' must be a section"),
        ("[servers.work]\ntoken_command = \"x\"", "'servers.work.url' must be an address"),
        ("[servers.work]\nurl = \"http://x\"", "'servers.work.url' must be an address"),
        ("[servers.work]\nurl = \"ws://x\"\ntoken = \"belay_secret\"", "a token must not be in this file"),
        ("[servers.work]\nurl = \"ws://x\"\nurls = \"\"", "the key 'servers.work.urls' is unknown"),
        ("[servers.work]\nurl = \"ws://x\"\ninsecure = 1", "'servers.work.insecure' must be true or false"),
        (
            "[servers.work]\nurl = \"ws://x\"\ncompression = true",
            "'servers.work.compression' must be \"auto\", \"on\" or \"off\""
        ),
        ("[servers.work]\nurl = \"ws://x\"\ncompression = \"gzip\"", "'servers.work.compression' must be"),
        ("[servers.work]\nurl = \"ws://x\"\ndirectory = \"shop\"", "'servers.work.directory' must be an absolute path"),
        ("[", "config.toml: "),
    ])
    func whatIsWrongIsNamed(toml: String, expected: String) {
        do throws(ClientError) {
            _ = try ClientConfiguration(toml: toml, file: "config.toml")
            Issue.record("taken: \(toml)")
        } catch {
            #expect(error.description.hasPrefix("config.toml: "))
            #expect(error.description.contains(expected), "\(error)")
            #expect(!error.description.contains("secret"))
        }
    }

    @Test(arguments: [
        ("ws://agents.example", false), ("ws://192.0.2.1:8137", false), ("ws://[2001:db8::1]", false),
        ("ws://0.0.0.0", false), ("ws://127.1", true), ("ws://127.999.1", false), ("ws://127.evil.example", false),
        ("ws://localhost.example", false), ("ws://[::]:1", false), ("ws://[::ffff:10.0.0.1]", false),
        ("ws://localhost", true), ("ws://127.0.0.1", true), ("ws://127.255.0.1", true), ("ws://[::1]", true),
        ("ws://[::ffff:127.0.0.1]", true), ("wss://agents.example", true), ("unix:/socket", true),
    ])
    func plainTextBeyondThisMachineWantsToBeAskedFor(url: String, isTaken: Bool) throws {
        func refusal(_ configuration: ClientConfiguration, _ name: String?, _ flag: Bool = false) -> String? {
            do throws(ClientError) {
                _ = try configuration.resolve(name, allowsPlaintext: flag)
                return nil
            } catch {
                if case .configuration(let text) = error { return text }
                return "\(error)"
            }
        }
        let named = try ClientConfiguration(toml: "server = \"w\"\n[servers.w]\nurl = \"\(url)\"", file: "f")
        let allowed = try ClientConfiguration(toml: "[servers.w]\nurl = \"\(url)\"\ninsecure = true", file: "f")
        for refused in [refusal(ClientConfiguration(), url), refusal(named, nil), refusal(named, "w")] {
            #expect((refused == nil) == isTaken)
            #expect(refused?.contains("--insecure") ?? true)
        }
        #expect(refusal(ClientConfiguration(), url, true) == nil)
        #expect(refusal(named, nil, true) == nil)
        #expect(refusal(allowed, "w") == nil)
        #expect(refusal(allowed, url) == nil, "what the configuration says of an address")
        #expect(try allowed.resolve("w")?.allowsPlaintext == true)
        #expect(try ClientConfiguration().resolve(nil) == nil)
    }

    @Test func aFileThatWasNamedHasToBeThere() throws {
        let folder = try TemporaryDirectory()
        #expect(try ClientConfiguration.load(file: nil, fallback: folder.path("none")) == ClientConfiguration())
        #expect(throws: ClientError.self) {
            try ClientConfiguration.load(file: folder.path("none"), fallback: folder.path("none"))
        }
        #expect(throws: ClientError.self) { try ClientConfiguration().resolve("no such server") }
    }

    @Test func foldersFollowTheEnvironment() throws {
        let given = try Folders(environment: [
            "HOME": "/homes/ada", "XDG_STATE_HOME": "/state", "XDG_RUNTIME_DIR": "/tmp", "XDG_CONFIG_HOME": "relative",
        ])
        #expect(given.state == "/state/belay")
        #expect(given.runtime == "/tmp/belay")
        #expect(given.configuration == "/homes/ada/.config/belay", "a relative path is ignored")
        let bare = try Folders(environment: ["HOME": "/homes/ada", "XDG_RUNTIME_DIR": "/nonexistent"])
        #expect(bare.state == "/homes/ada/.local/state/belay")
        #expect(bare.runtime == bare.state + "/run")
        #expect(bare.configuration == "/homes/ada/.config/belay")
        let relative = try Folders(environment: [
            "HOME": "/homes/ada", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "run", "XDG_CONFIG_HOME": "",
        ])
        #expect(relative == bare)
    }

    @Test func aRuntimeFolderThatCannotBeWrittenIsNotUsed() throws {
        let folder = try TemporaryDirectory("runtime")
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        defer { chmod(folder.path, 0o700) }
        guard access(folder.path, W_OK) != 0 else { return print("skipped: root writes to every folder") }
        let folders = try Folders(environment: ["HOME": "/homes/ada", "XDG_RUNTIME_DIR": folder.path])
        #expect(folders.runtime == folders.state + "/run")
    }

    @Test func programsSideBySideHaveInstancesOfTheirOwnAndKeepThem() throws {
        let folder = try TemporaryDirectory()
        do {
            let first = try ClientInstance(folder: folder.path)
            let second = try ClientInstance(folder: folder.path)
            #expect(first.number == 0)
            #expect(second.number == 1)
            _ = consume first
            let third = try ClientInstance(folder: folder.path)
            #expect(third.number == 0, "a free one is taken again")
        }
        let zero = try ClientStateStore.open(folder: folder.path, now: 1).clientID(instance: 0, now: 1)
        #expect(try ClientStateStore.open(folder: folder.path, now: 2).clientID(instance: 0, now: 2) == zero)
        #expect(try ClientStateStore.open(folder: folder.path, now: 2).clientID(instance: 1, now: 2) != zero)
    }

    @Test func anInstanceWhoseFileCannotBeUsedIsPassedOver() throws {
        let folder = try TemporaryDirectory()
        _ = try ClientInstance(folder: folder.path)
        for number in [0, 2] {
            unlink(folder.path("seats/\(number)"))
            #expect(mkdir(folder.path("seats/\(number)"), 0o700) == 0)
        }
        let first = try ClientInstance(folder: folder.path)
        let second = try ClientInstance(folder: folder.path)
        #expect(first.number == 1)
        #expect(second.number == 3)
    }

    @Test func certificatesAreRelativeToTheFile() throws {
        let folder = try TemporaryDirectory("configuration")
        let home = UserFolders.home(in: UserFolders.environment) ?? ""
        for (written, read) in [("c.pem", folder.path + "/c.pem"), ("/c.pem", "/c.pem"), ("~/c.pem", home + "/c.pem")] {
            let text = "[servers.a]\nurl = \"wss://a.example\"\ncertificates = \"\(written)\"\n"
            try WholeFile.replace(folder.path("config.toml"), with: text)
            let configuration = try ClientConfiguration.load(file: folder.path("config.toml"), fallback: "")
            #expect(configuration.servers["a"]?.certificates == read)
        }
    }

    @Test(arguments: ["url", "token_command", "certificates", "directory"])
    func aMessageNamesTheWholeKey(key: String) {
        let error = #expect(throws: ClientError.self) {
            _ = try ClientConfiguration(toml: "[servers.a]\n\(key) = 5\n", file: "config.toml")
        }
        #expect(error?.description.contains("'servers.a.\(key)' must be a string") == true)
    }
}
