public import Foundation
import TestKit

/// A `belayd serve` of the test's own.
public final class Server: Sendable {
    private let child: Child
    /// Its address, as it said it.
    public let url: String

    /// `HOST:PORT`.
    public var address: String { String(url.dropFirst("ws://".count)) }
    /// Its process.
    public var process: pid_t { child.process }

    /// Starts `belayd` with arguments and waits until it listens.
    ///
    /// - Parameter prefix: What stands before the program, such as `ip netns exec NAME`; it has to become the program.
    public init(_ home: Home, _ arguments: [String], prefix: [String] = []) async throws {
        let output = home.directory.path("server-\(UUID().uuidString)")
        child = try Child(
            prefix + ["\(Home.programs)/belayd"] + arguments, environment: home.environment, directory: home.shop,
            files: ("/dev/null", output, output + ".errors"))
        @Sendable func said() -> String? {
            (try? String(contentsOfFile: output, encoding: .utf8))?.split(separator: "\n").first.map(String.init)
        }
        _ = await eventually { said() != nil }
        url = String((said() ?? "").dropFirst("listening on ".count))
    }

    /// Ends it in order.
    ///
    /// - Returns: The exit code, or 128 and the signal.
    public func stop() async -> Int32 {
        kill(child.process, SIGTERM)
        return await child.wait()
    }

    deinit { child.killAndWait() }
}
