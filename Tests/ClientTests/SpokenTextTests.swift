import Client
import Foundation
import SystemPackage
import TestKit
import Testing

/// What is written for people, and what they are offered to copy.
@Suite struct SpokenTextTests {
    @Test func aLineIsOneLineAndNothingInItIsObeyed() throws {
        let folder = try TemporaryDirectory("lines")
        let file = folder.path("file")
        for text in [
            "a\u{1B}]0;title\u{7}b", "a\u{9B}2Jb", "a\r\nb", "a\u{2028}b", "a\u{202E}b", "a\u{7F}\u{8}b", "a\0b",
        ] {
            try Data().write(to: URL(fileURLWithPath: file))
            let output = try #require(FileHandle(forWritingAtPath: file))
            Output.line(text, to: FileDescriptor(rawValue: output.fileDescriptor))
            try output.close()
            let written = try String(contentsOfFile: file, encoding: .utf8)
            #expect(written == "ab\n" || written == "a b\n", "\(text.debugDescription): \(written.debugDescription)")
        }
    }

    @Test(arguments: [
        (ResumeCommand(), "019a", "belay -r 019a"), (ResumeCommand(), "$(id)", "belay -r '$(id)'"),
        (ResumeCommand(), "a b;c", "belay -r 'a b;c'"), (ResumeCommand(), "it's", #"belay -r 'it'\''s'"#),
        (ResumeCommand(), "-x", "belay --resume='-x'"), (ResumeCommand(), "--new", "belay --resume='--new'"),
        (
            ResumeCommand(server: "wss://agents.example:443"), "s", "belay --server wss://agents.example:443 -r s"
        ),
        (ResumeCommand(server: "ws://agents.example:80"), "s", "belay --server ws://agents.example:80 --insecure -r s"),
        (ResumeCommand(server: "ws://127.0.0.1:80"), "s", "belay --server ws://127.0.0.1:80 -r s"),
        (ResumeCommand(server: "unix:/a b/socket"), "s", "belay --server 'unix:/a b/socket' -r s"),
        (
            ResumeCommand(server: "ws://[::2]:80", configuration: "my config"), "s",
            "belay --config 'my config' --server 'ws://[::2]:80' --insecure -r s"
        ),
    ])
    func theLineThatGoesOnIsQuoted(command: ResumeCommand, chat: String, line: String) {
        #expect(command.text(for: chat) == line)
    }

    @Test(arguments: ["", "a\u{1B}[2J", "a\nb", "a\u{202E}b", "a\u{9B}b", "a\u{7F}", "a\u{200B}b", "a\0b", "a\u{AD}b"])
    func whatCannotBeSeenIsNotOffered(name: String) {
        #expect(ResumeCommand().text(for: name) == nil)
        #expect(ResumeCommand(server: "unix:/\(name)\u{7}").text(for: "s") == nil)
    }

    @Test func thePrivateServerGetsWhatItNeedsAndNoSecrets() {
        let kept = [
            "HOME": "/homes/ada", "PATH": "/bin", "USER": "ada", "LOGNAME": "ada", "LANG": "C.UTF-8", "LC_ALL": "C",
            "LC_TIME": "de_DE", "TZ": "UTC", "TMPDIR": "/tmp", "XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "/c",
            "XDG_RUNTIME_DIR": "/r", "XDG_DATA_HOME": "/d", "SSL_CERT_FILE": "/f", "SSL_CERT_DIR": "/e",
            "BELAY_FAILPOINT": "x", "SWIFT_BACKTRACE": "enable=no",
        ]
        let dropped = [
            "BELAY_TOKEN", "BELAY_SEED", "BELAY_CONFIG", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "PGPASSWORD", "KUBECONFIG", "LC",
            "XLC_ALL", "LD_PRELOAD", "LD_LIBRARY_PATH", "PATH2", "home", "", "HTTP_PROXY", "PWD", "OLDPWD", "TERM",
        ]
        let all = kept.merging(dropped.map { ($0, "secret") }) { first, _ in first }
        #expect(ServerEnvironment.passed(of: all) == kept)
        #expect(ServerEnvironment.passed(of: [:]).isEmpty)
    }
}
