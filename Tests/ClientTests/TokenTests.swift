import Client
import FaultProxy
import Foundation
import ServerKit
import Sync
import TestKit
import Testing
import Transport

/// Tokens on this machine: where they come from, and who may read them.
@Suite struct TokenTests {
    private let folder: TemporaryDirectory
    private let endpoint = Endpoint(address: .host("agents.example", port: 443), isSecure: true)
    private let other = Endpoint(address: .host("other.example", port: 443), isSecure: true)

    init() throws { folder = try TemporaryDirectory("tokens") }

    private var cache: TokenCache { TokenCache(folder: folder.path) }

    /// What is said when there is no token to be had.
    private func message(_ body: () throws(ClientError) -> String?) -> String {
        do throws(ClientError) { return try body() ?? "none" } catch { return error.description }
    }

    @Test func eachServerHasItsOwnInAFileForThisUserAlone() throws {
        #expect(try cache.token(for: endpoint) == nil)
        try cache.keep("belay_one", for: endpoint)
        try cache.keep("belay_two", for: other)
        try cache.keep("belay_three", for: endpoint)
        #expect(try cache.token(for: endpoint) == "belay_three")
        #expect(try cache.token(for: other) == "belay_two")
        let mode = try FileManager.default.attributesOfItem(atPath: cache.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o660])
    func aFileThatOthersCanReadIsRefused(mode: Int) throws {
        try cache.keep("belay_secret", for: endpoint)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: cache.path)
        let text = message { () throws(ClientError) in try cache.token(for: endpoint) }
        #expect(text.contains("can be read by others"))
        #expect(!text.contains("secret"))
        #expect(throws: ClientError.self) { try cache.keep("belay_more", for: endpoint) }
    }

    @Test func aDamagedFileIsSaidAndItsContentIsNot() throws {
        try Data("\"wss://agents.example:443\" = belay_secret\n".utf8).write(to: URL(fileURLWithPath: cache.path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: cache.path)
        let text = message { () throws(ClientError) in try cache.token(for: endpoint) }
        #expect(text.contains("is damaged"))
        #expect(!text.contains("secret"))
    }

    @Test func whatIsNoFileOfThisUsersIsRefused() throws {
        try cache.keep("belay_secret", for: endpoint)
        try FileManager.default.moveItem(atPath: cache.path, toPath: folder.path("elsewhere"))
        try FileManager.default.createSymbolicLink(atPath: cache.path, withDestinationPath: "elsewhere")
        #expect(message { () throws(ClientError) in try cache.token(for: endpoint) }.contains("is a link"))
        #expect(throws: ClientError.self) { try cache.keep("belay_more", for: endpoint) }
        try FileManager.default.removeItem(atPath: cache.path)
        try FileManager.default.createDirectory(atPath: cache.path, withIntermediateDirectories: false)
        #expect(message { () throws(ClientError) in try cache.token(for: endpoint) }.contains("is no file"))
        try FileManager.default.removeItem(atPath: cache.path)
        // Opening a pipe without a writer would block.
        mkfifo(cache.path, 0o600)
        #expect(message { () throws(ClientError) in try cache.token(for: endpoint) }.contains("is no file"))
    }

    @Test func theEnvironmentComesFirstThenTheCommandThenTheCache() async throws {
        try cache.keep("belay_cached", for: endpoint)
        func token(_ environment: String?, _ command: String?) async throws -> String? {
            try await TokenSource(environment: environment, command: command, cache: cache).token(for: endpoint)
        }
        #expect(try await token("belay_environment", "echo belay_command") == "belay_environment")
        #expect(try await token("", "printf 'belay_command\\nmore\\n'") == "belay_command")
        #expect(try await token(nil, nil) == "belay_cached")
    }

    @Test(arguments: [
        ("echo belay_secret; exit 3", "token_command gave no token: it ended with exit code 3"),
        ("/nonexistent/program 2>/dev/null", "token_command gave no token: it ended with exit code 127"),
        ("kill -9 $$", "token_command gave no token: it ended by signal 9"),
        ("true", "the first line that token_command printed is empty"),
        ("echo; echo belay_secret", "the first line that token_command printed is empty"),
        ("echo belay_ secret", "the first line of token_command is not a token"),
        ("yes belay_secret", "token_command gave no token: it printed more than 1 MiB"),
        ("sleep 60; echo belay_secret", "token_command gave no token: it did not end within 1 seconds"),
    ])
    func aCommandThatFailsIsSaidWithoutWhatItPrinted(command: String, expected: String) async {
        // Only what never ends is not waited for; what does has as much time as a busy machine may take.
        let timeout = Duration.seconds(command.hasPrefix("sleep") ? 1 : 60)
        let source = TokenSource(environment: nil, command: command, cache: cache, timeout: timeout)
        let error = await #expect(throws: ClientError.self) { try await source.token(for: endpoint) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix(expected), "\(text)")
        #expect(!text.contains("secret"))
    }

    @Test(arguments: ["belay_x", " belay_x\n", "belay_x\r\n", "\tbelay_x"])
    func whatCopyingLeavesAroundATokenIsNoPartOfIt(text: String) throws {
        #expect(try TokenSource.checked(text, "a test") == "belay_x")
    }

    @Test(arguments: [
        "", "\n", "belay x", "belay\nx", "belay_\u{e9}", "belay\u{0}", String(repeating: "x", count: 4_097),
    ])
    func whatCannotStandInAHeaderIsNoToken(text: String) {
        #expect(throws: ClientError.self) { try TokenSource.checked(text, "a test") }
    }

    @Test func theCommandIsRunEachTimeAndItsFirstLineIsTheToken() async throws {
        let runs = folder.path("runs")
        let command = "echo run >> '\(runs)'; echo belay_$(wc -l < '\(runs)'); echo belay_more"
        let source = TokenSource(environment: nil, command: command, cache: cache)
        for number in 1...3 { #expect(try await source.token(for: endpoint) == "belay_\(number)") }
    }

    @Test func eachAttemptToConnectAsksForTheTokenAnew() async throws {
        try await withServer([Script.worker]) { server in
            let (old, new) = (try server.token(for: "alice"), try server.token(for: "alice"))
            let (file, runs) = (folder.path("token"), folder.path("runs"))
            try old.text.write(toFile: file, atomically: true, encoding: .utf8)
            let proxy = try await FaultProxy.start(before: server)
            let chat = try await TestChat.start(
                at: proxy.endpoint, in: try TemporaryDirectory("chat"),
                command: "echo run >> '\(runs)'; cat '\(file)'; printf '\\nbelay_more\\n'")
            #expect(await eventually { chat.isLive })
            // From here on only the new one is good, and nothing has told the client.
            try new.text.write(toFile: file, atomically: true, encoding: .utf8)
            await proxy.refuse()
            await proxy.cut()
            #expect(await eventually { if case .offline = chat.status?.state { true } else { false } })
            #expect(try server.revoke(old.id))
            await proxy.heal()
            chat.client.post(.hurry)
            #expect(await eventually { chat.isLive })
            #expect(chat.stopped == nil)
            let attempts = await proxy.connections
            #expect(attempts > 1)
            #expect(try String(contentsOfFile: runs, encoding: .utf8).split(separator: "\n").count == attempts)
            await chat.client.quit()
            try await proxy.stop()
        }
    }
}
