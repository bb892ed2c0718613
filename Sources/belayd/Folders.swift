import Glibc
import Platform
import Server

/// Where the server keeps things (``UserFolders``).
struct Folders {
    private let base: UserFolders

    init() throws(ConfigurationError) {
        do { base = try UserFolders(environment: UserFolders.environment) } catch {
            throw ConfigurationError("\(error)")
        }
    }

    /// What is kept, unless it is said where.
    var data: String { base.state + "/belayd" }

    /// The configuration that is read if it is there.
    var configuration: String { base.configuration + "/belay/belayd.toml" }

    /// What clients of this user keep: tokens, chats, the private server's data.
    var ofClients: [String] { [base.state + "/belay", base.configuration + "/belay"] }

    /// The whole path of a file or folder that is given from this process's folder.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}
