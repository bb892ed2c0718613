import Glibc
import Ledger
import Server
import Testing

/// What a server keeps of its environment, and how users and tokens may be called.
@Suite struct SurroundingsTests {
    @Test(arguments: [
        "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
        "BELAY_FAILPOINT", "SWIFT_BACKTRACE", "SSL_CERT_FILE", "NOTIFY_SOCKET", "LISTEN_FDS",
    ])
    func whatAServerNeedsIsKept(name: String) { #expect(Surroundings.isKept(name)) }

    @Test(arguments: [
        "AWS_SECRET_ACCESS_KEY", "BELAY_TOKEN", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "OPENAI_API_KEY", "PATHS", "path", "",
        "LD_PRELOAD", "HTTPS_PROXY", "MY_LC_ALL", "xdg_state_home",
    ])
    func nothingElseIs(name: String) { #expect(!Surroundings.isKept(name)) }

    /// In a process of its own, whose environment may be taken away.
    @Test func theRestIsGoneFromTheProcess() async {
        await #expect(processExitsWith: .success) {
            setenv("BELAY_TEST_SECRET", "swordfish", 1)
            setenv("BELAY_TEST_KEPT", "kept", 1)
            setenv("LC_BELAY", "kept", 1)
            let secret = getenv("BELAY_TEST_SECRET")
            Surroundings.strip(besides: ["BELAY_TEST_KEPT"])
            precondition(getenv("BELAY_TEST_SECRET") == nil)
            precondition(secret?.pointee == 0, "it is overwritten where it stood")
            precondition(getenv("BELAY_TEST_KEPT").map { String(cString: $0) } == "kept")
            precondition(getenv("LC_BELAY") != nil && getenv("PATH") != nil)
            var entry = environ
            while let text = entry.pointee {
                let name = String(cString: text).prefix { $0 != "=" }
                precondition(Surroundings.isKept(String(name)) || name == "BELAY_TEST_KEPT")
                entry += 1
            }
        }
    }

    @Test(arguments: [
        "alice", "a", "caf\u{E9}", "Alice B.", "alice@example.com", "-", "名前", String(repeating: "a", count: 128),
    ])
    func aNameThatCanBeRead(name: String) { #expect(UserName.problem(with: name) == nil) }

    @Test func aNameThatCannot() {
        let long = [String(repeating: "a", count: 129), String(repeating: "\u{E9}", count: 65)]
        let controls =
            (UInt32(0)..<0x20).map { "a" + String(UnicodeScalar($0) ?? "\n") } + ["a\u{7F}", "a\u{85}", "\u{9B}a"]
        // They look like nothing, or like the name without them.
        let unseen = [
            "\u{3164}", "\u{115F}", "\u{2800}", " ", "local ", " a", "\u{A0}", "a\u{A0}b", "a\u{3000}", "a\u{FFFD}",
            "\u{FE0F}",
            "a\u{FE0F}", "a\u{2800}",
        ]
        for name in [""] + long + controls + unseen + ["a\u{202E}b", "a\u{200B}", "a\u{2028}", "\u{FEFF}a"] {
            #expect(UserName.problem(with: name) != nil, "\(name.debugDescription)")
        }
    }

    /// It is typed behind a command, where `-` begins an option.
    @Test func theNameOfATokenIsNoOption() {
        let names = (0..<10_000).map { _ in Tokens.make(for: Principal("u"), lifetime: nil, now: 0).record.id }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) } })
    }
}
