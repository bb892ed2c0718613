import Glibc
import Platform
import SystemPackage
import TOMLKit
public import Transport
import Wire

/// The tokens of this user, one for each server, in a file that nobody else can read.
///
/// A token is never printed, never logged and never part of an address.
public struct TokenCache: Sendable {
    /// The file.
    public let path: String

    /// The cache in a folder.
    public init(folder: String) { path = folder + "/tokens.toml" }

    /// The token of a server; `nil` when there is none.
    ///
    /// - Throws: ``ClientError/token(_:)`` when others can read the file: then it may be known to them.
    public func token(for endpoint: Endpoint) throws(ClientError) -> String? {
        // A name that was kept as somebody had typed it, in capitals or with zeros in an address, is the same server.
        try load().first { Endpoint($0.0) == endpoint }?.1.string
    }

    /// Keeps a server's token.
    public func keep(_ token: String, for endpoint: Endpoint) throws(ClientError) {
        let table = try load()
        for key in table.keys where Endpoint(key) == endpoint { table.remove(at: key) }
        table[endpoint.description] = token
        do { try WholeFile.replace(path, with: table.convert(to: .toml) + "\n") } catch { throw .token("\(error)") }
    }

    private func load() throws(ClientError) -> TOMLTable {
        // What is looked at is what is read: the file that is open, whatever takes its name meanwhile.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: return TOMLTable()
            case ELOOP: throw .token("\(path) is a link: remove it, and sign in again with belay login")
            default: throw .token("cannot read \(path): \(String(cString: strerror(errno)))")
            }
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .token("\(path) is no file: remove it, and sign in again with belay login")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw .token("\(path) can be read by others: make new tokens, and chmod 600 the file")
        }
        let open = FileDescriptor(rawValue: descriptor)
        guard let text = try? WholeFile.text(of: open, named: path), !text.namesNUL,
            let table = try? TOMLTable(string: text)
        else {
            throw .token("\(path) is damaged: remove it, and sign in again with belay login")
        }
        return table
    }
}
