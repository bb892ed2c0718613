import Foundation
import TestKit
import Testing

@testable import Agents

/// A repository of the real git, and a home folder with a configuration of its own.
struct GitRepository {
    let top: TemporaryDirectory
    let home: TemporaryDirectory

    init() throws { (top, home) = (try TemporaryDirectory("repo"), try TemporaryDirectory("home")) }

    var environment: GitEnvironment { GitEnvironment(home: home.path, configuration: nil, system: nil) }

    func write(_ path: String, _ text: String = "", in root: TemporaryDirectory? = nil) throws {
        let file = (root ?? top).path(path)
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }

    /// Runs git in a folder of the repository.
    @discardableResult
    func git(_ arguments: [String], in folder: String = "") throws -> String {
        let (status, output) = try run(arguments, in: folder)
        try #require(status == 0, "git \(arguments)")
        return output
    }

    /// As ``git(_:in:)``, but it may fail.
    func run(_ arguments: [String], in folder: String = "") throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: top.path(folder))
        process.environment = [
            "HOME": home.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "GIT_CONFIG_NOSYSTEM": "1",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// The files that git names, but for those with a dot in front of a part, which are never listed.
    func expected(in folder: String = "") throws -> [String] {
        let names = try git(["ls-files", "-co", "--exclude-standard", "-z"], in: folder)
        return Set(names.split(separator: "\0").map(String.init))
            .filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".") } }.sorted()
    }

    func listing(in folder: String = "") throws -> Listing {
        try FileLister.list(SessionFolder(top.path(folder)), limits: LibrarianLimits(), environment: environment)
    }

    func listed(in folder: String = "") throws -> [String] { try listing(in: folder).files.map(\.path).sorted() }
}
