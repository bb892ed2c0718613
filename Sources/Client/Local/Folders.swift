import Glibc
import Platform

/// Where the client keeps things.
public struct Folders: Hashable, Sendable {
    /// What is kept: mirror, desk, tokens, the private server's data.
    public var state: String
    /// What lives as long as the login.
    public var runtime: String
    /// The configuration.
    public var configuration: String

    /// The folders that an environment says (``UserFolders``).
    ///
    /// - Throws: ``ClientError/folder(_:)`` when nobody says where this user's home is.
    public init(environment: [String: String]) throws(ClientError) {
        let base: UserFolders
        do { base = try UserFolders(environment: environment) } catch { throw .folder("\(error)") }
        state = base.state + "/belay"
        configuration = base.configuration + "/belay"
        runtime = base.runtime.map { $0 + "/belay" } ?? state + "/run"
    }

    /// The environment of this process.
    public static var environment: [String: String] { UserFolders.environment }

    /// Makes a folder and those above it, for this user alone, and sees to it that it is safe.
    ///
    /// - Throws: ``ClientError/folder(_:)``.
    public static func make(_ folder: String, _ use: FolderUse = .kept) throws(ClientError) {
        do { try PrivateFolder.make(folder) } catch { throw .folder("\(error)") }
        try use.check(folder)
    }
}
