public import Foundation

/// A directory that is removed, with all that is in it, when the last reference to it goes.
///
/// Keep it in a `let` for as long as its files are used: `withExtendedLifetime` is not needed when it is a property
/// of the suite.
public final class TemporaryDirectory: Sendable {
    /// Where it is.
    public let url: URL

    /// Makes a new, empty directory under the system's temporary one.
    public init(_ name: String = "belay-test") throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A test may have removed the directory itself; any other error cannot be reported from a deinit.
        try? FileManager.default.removeItem(at: url)
    }

    /// The path of the directory.
    public var path: String { url.path }

    /// The path of a file in it.
    public func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
