import Glibc
import Platform

/// The client's folders, by the XDG Base Directory Specification.
public struct Folders: Hashable, Sendable {
    /// State: the mirror, the state store, tokens, and the private server's data.
    public var state: String
    /// Files that need not outlive the login; inside ``state`` when `XDG_RUNTIME_DIR` is not set.
    public var runtime: String
    /// Where `config.toml` and `themes` are.
    public var configuration: String

    /// The folders that an environment names (``UserFolders``).
    ///
    /// - Throws: ``ClientError/folder(_:)`` when neither the environment nor the user database has a home.
    public init(environment: [String: String]) throws(ClientError) {
        let base: UserFolders
        do { base = try UserFolders(environment: environment) } catch { throw .folder("\(error)") }
        state = base.state + "/belay"
        configuration = base.configuration + "/belay"
        runtime = base.runtime.map { $0 + "/belay" } ?? state + "/run"
    }

    /// The environment of this process.
    public static var environment: [String: String] { UserFolders.environment }

    /// Creates a folder and its parents for this user alone, and checks it for its use.
    ///
    /// - Throws: ``ClientError/folder(_:)`` when it cannot be created or does not pass the check.
    public static func make(_ folder: String, _ use: FolderUse = .kept) throws(ClientError) {
        do { try PrivateFolder.make(folder) } catch { throw .folder("\(error)") }
        try use.check(folder)
    }
}
