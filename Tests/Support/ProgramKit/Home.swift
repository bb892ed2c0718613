public import Foundation
public import TestKit

/// A user with a home of their own: folders, environment, and the programs that were built.
public final class Home: Sendable {
    /// The home.
    public let directory: TemporaryDirectory
    /// A folder with some source code.
    public let shop: String
    /// What programs are started with.
    public let environment: [String: String]

    /// Where the programs are: beside the tests.
    public static let programs: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().path
    }()

    /// A home of its own.
    ///
    /// - Parameter extra: More of the environment.
    public init(_ extra: [String: String] = [:]) throws {
        directory = try TemporaryDirectory("e2e")
        shop = directory.path("shop")
        for folder in ["shop", "run", "state", "config"] {
            try FileManager.default.createDirectory(
                atPath: directory.path(folder), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        for name in ["Cart", "Stock", "Order", "Price", "Login"] {
            try """
            /// \(name) keeps the retry policy of the shop: it retries with backoff and full jitter.
            struct \(name) {
                /// Retries after a delay that grows with each attempt, \(name) by \(name).
                func retry(attempt: Int) -> Int { min(8_000, 250 << attempt) }
            }
            """.write(toFile: "\(shop)/\(name).swift", atomically: true, encoding: .utf8)
        }
        environment = [
            "HOME": directory.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "XDG_RUNTIME_DIR": directory.path("run"), "XDG_STATE_HOME": directory.path("state"),
            "XDG_CONFIG_HOME": directory.path("config"), "LANG": "C.UTF-8", "TERM": "tmux-256color",
            "SWIFT_BACKTRACE": "enable=no",
        ].merging(extra) { _, new in new }
    }

    /// Writes the configuration of its private server.
    public func configureServer(_ toml: String) throws {
        let folder = directory.path("config/belay")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try toml.write(toFile: "\(folder)/belayd.toml", atomically: true, encoding: .utf8)
    }

    deinit {
        // Only what this home started: its server says its own process in the data folder's lock owner list.
        for process in serverProcesses() { kill(process, SIGKILL) }
    }

    /// The private servers of this home: the processes whose arguments name its socket.
    public func serverProcesses() -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { process in
            guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
            let arguments = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return arguments.contains("serve")
                && arguments.contains {
                    $0.hasPrefix(directory.path + "/") && $0.hasSuffix(".sock") && $0.contains("/belayd")
                }
        }
    }

    /// What a finished program left.
    public struct Outcome: Sendable {
        /// The exit code, or 128 and the signal.
        public var status: Int32
        /// The standard output.
        public var output: String
        /// The standard errors.
        public var errors: String
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - prefix: What stands before the program, such as `ip netns exec NAME`.
    ///   - extra: What its environment has besides.
    ///   - limit: When it is killed, as ``Child/wait(within:)`` does it.
    public func run(
        _ program: String, _ arguments: [String], input: Data = Data(), prefix: [String] = [],
        environment extra: [String: String] = [:], within limit: Duration = .seconds(300)
    ) async throws -> Outcome {
        let name = directory.path("io-\(UUID().uuidString)")
        try input.write(to: URL(fileURLWithPath: name + ".in"))
        let child = try Child(
            prefix + ["\(Home.programs)/\(program)"] + arguments,
            environment: environment.merging(extra) { _, new in new }, directory: shop,
            files: (name + ".in", name + ".out", name + ".err"))
        let status = await child.wait(within: limit)
        func text(_ suffix: String) -> String {
            String(decoding: FileManager.default.contents(atPath: name + suffix) ?? Data(), as: UTF8.self)
        }
        return Outcome(status: status, output: text(".out"), errors: text(".err"))
    }

    /// Runs `belay --batch`.
    public func batch(_ arguments: String..., input: Data = Data()) async throws -> Outcome {
        try await run("belay", ["--batch"] + arguments, input: input)
    }
}
