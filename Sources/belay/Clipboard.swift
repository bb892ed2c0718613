import Client
import Glibc
import Platform
import Terminal

/// Puts text on the clipboard: by a program where one can reach it, else by the terminal.
struct Clipboard {
    /// How long a program is waited for, so that one that hangs does not hold the screen.
    private static let patience: Int32 = 300

    /// A program that reads the text from its standard input.
    private struct Tool {
        var name: String
        var path: String
        var arguments: [String]
    }

    private let tools: [Tool]

    /// Looks for the programs that this environment can use: behind ssh only a multiplexer is on the user's side.
    init(environment: [String: String]) {
        func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
        let isLocal = !isSet("SSH_CONNECTION")
        let known: [(isUsable: Bool, name: String, arguments: [String])] = [
            (isSet("TMUX"), "tmux", ["load-buffer", "-w", "-"]),
            (isLocal && isSet("WAYLAND_DISPLAY"), "wl-copy", []),
            (isLocal && isSet("DISPLAY"), "xclip", ["-selection", "clipboard", "-in"]),
            (isLocal && isSet("DISPLAY"), "xsel", ["--clipboard", "--input"]),
        ]
        tools = known.compactMap { known in
            guard known.isUsable, let path = ProgramSearch.path(of: known.name) else { return nil }
            return Tool(name: known.name, path: path, arguments: known.arguments)
        }
    }

    /// Copies a text.
    ///
    /// - Returns: By what it was copied, for the user; empty when nothing took it.
    func copy(_ text: String, on terminal: Terminal) -> [String] {
        let tool = tools.first { run($0, text) }?.name
        // tmux passes it on to the terminal by itself; others copy on this machine only.
        let isAsked = tool != "tmux" && terminal.copy(text)
        return [tool, isAsked ? "terminal, OSC 52" : nil].compactMap(\.self)
    }

    /// Runs a program with the text as its input, and says whether it took it.
    private func run(_ tool: Tool, _ text: String) -> Bool {
        guard let input = temporaryFile(text) else { return false }
        defer { close(input) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        // The screen blocks signals; a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([tool.name] + tool.arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        guard posix_spawn(&process, tool.path, &actions, &attributes, &words, environ) == 0 else { return false }
        return hasSucceeded(process)
    }

    private func hasSucceeded(_ process: pid_t) -> Bool {
        var status: Int32 = 0
        for _ in 0..<Clipboard.patience {
            if waitpid(process, &status, WNOHANG) == process { return status == 0 }
            poll(nil, 0, 1)
        }
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        return false
    }

    /// An open file with the text that no name leads to, so that no program can keep it waiting as a full pipe would.
    private func temporaryFile(_ text: String) -> Int32? {
        var name = Array("/tmp/belay-copy-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(name)
        var text = text
        let isWritten = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) == $0.count }
        guard isWritten, lseek(descriptor, 0, SEEK_SET) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}

extension NotificationWay {
    /// The way that the configuration wants; `nil` for none.
    init?(_ wanted: ScreenSettings.Notification, environment: [String: String]) {
        switch wanted {
        case .auto: self.init(environment: environment)
        case .bell: self = .bell
        case .osc9: self = .osc9
        case .osc99: self = .osc99
        case .osc777: self = .osc777
        case .none: return nil
        }
    }
}
