import Foundation
import TestKit

/// The stand-in for a model's server, `Tests/Peers/model.py`, as a process of its own.
public struct ModelServer: Sendable {
    /// Its process.
    public let child: Child
    /// Where it listens, on the loopback address.
    public let port: Int

    /// Starts it, and waits until it listens.
    ///
    /// - Parameters:
    ///   - folder: Where it keeps what it says: the requests in `log`.
    ///   - port: Where it listens; any free port by default.
    /// - Throws: When it does not start.
    public init(in folder: String, port: Int = 0) async throws {
        let script = Repository.root.appendingPathComponent("Tests/Peers/model.py").path
        let said = folder + "/port"
        try? FileManager.default.removeItem(atPath: said)
        child = try Child(
            ["python3", "-B", script, folder + "/log", "\(port)"], environment: ProcessInfo.processInfo.environment,
            directory: "/", files: ("/dev/null", said, folder + "/errors"))
        let number = { @Sendable in
            Int((try? String(contentsOfFile: said, encoding: .utf8))?.trimmingCharacters(in: .newlines) ?? "")
        }
        guard await eventually({ number() != nil }), let number = number() else {
            child.killAndWait()
            throw POSIXError(.ETIMEDOUT)
        }
        self.port = number
    }
}
