import Glibc
import Platform
import Server

/// The folders of the server and of this user's clients, by the XDG base directory specification (``UserFolders``).
struct Folders {
    private let base: UserFolders

    init() throws(ConfigurationError) {
        do { base = try UserFolders(environment: UserFolders.environment) } catch {
            throw ConfigurationError("\(error)")
        }
    }

    /// The data folder when `--data` is not given.
    var data: String { base.state + "/belayd" }

    /// The configuration file when `--config` is not given; it need not exist.
    var configuration: String { base.configuration + "/belay/belayd.toml" }

    /// The folders of this user's clients, with tokens, chats and the private server's data; no session may read them.
    var ofClients: [String] { [base.state + "/belay", base.configuration + "/belay"] }

    /// The absolute path of a file or folder that is given relative to the working directory.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
