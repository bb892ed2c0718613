import Glibc
import Platform
import SystemPackage
import TOMLKit
public import Transport
import Wire

/// The tokens of this user, one per server, in a file that only its owner can read (`belay login`).
///
/// A token is never printed, never logged and never part of an address.
public struct TokenCache: Sendable {
    /// The path of `tokens.toml`.
    public let path: String

    /// The cache in a state folder; the file need not exist.
    public init(folder: String) { path = folder + "/tokens.toml" }

    /// The token for a server; `nil` when there is none.
    ///
    /// - Throws: ``ClientError/token(_:)`` when others can read the file, so that its tokens may be known to them.
    public func token(for endpoint: Endpoint) throws(ClientError) -> String? {
        // Keys are compared as endpoints: capitals in a name or zeros in an address name the same server.
        try load().first { Endpoint($0.0) == endpoint }?.1.string
    }

    /// Stores the token for a server, replacing an older one.
    public func keep(_ token: String, for endpoint: Endpoint) throws(ClientError) {
        let table = try load()
        for key in table.keys where Endpoint(key) == endpoint { table.remove(at: key) }
        table[endpoint.description] = token
        do { try WholeFile.replace(path, with: table.convert(to: .toml) + "\n") } catch { throw .token("\(error)") }
    }

    private func load() throws(ClientError) -> TOMLTable {
        // The open file is checked, not its name, which could be replaced between the check and the read.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: return TOMLTable()
            case ELOOP: throw .token("\(path) is a link: remove it, and run belay login again")
            default: throw .token("belay cannot read \(path): \(String(cString: strerror(errno)))")
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .token("\(path) is no file: remove it, and run belay login again")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw .token("\(path) can be read by others: run chmod 600 on it, and replace its tokens")
        }
        let open = FileDescriptor(rawValue: descriptor)
        guard let text = try? WholeFile.text(of: open, named: path), !text.namesNUL,
            let table = try? TOMLTable(string: text)
        else {
            throw .token("\(path) is damaged: remove it, and run belay login again")
        }
        return table
    }
}
