import Glibc
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
        try load()[endpoint.description]?.string
    }

    /// Keeps a server's token.
    public func keep(_ token: String, for endpoint: Endpoint) throws(ClientError) {
        let table = try load()
        table[endpoint.description] = token
        guard TextFile.replace(path, with: table.convert(to: .toml) + "\n") else {
            throw .token("cannot write \(path): \(String(cString: strerror(errno)))")
        }
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
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .token("\(path) is no file: remove it, and sign in again with belay login")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            close(descriptor)
            throw .token("\(path) can be read by others: make new tokens, and chmod 600 the file")
        }
        guard let text = TextFile.read(closing: descriptor), !text.namesNUL, let table = try? TOMLTable(string: text)
        else {
            throw .token("\(path) is damaged: remove it, and sign in again with belay login")
        }
        return table
    }
}

/// Where the token of a connection comes from: the environment, a command, or the cache, in this order.
public struct TokenSource: Sendable {
    private let environment: String?
    private let command: String?
    private let cache: TokenCache

    /// A source.
    ///
    /// - Parameters:
    ///   - environment: The value of `BELAY_TOKEN`.
    ///   - command: `token_command` of the server.
    ///   - cache: The cache.
    public init(environment: String?, command: String?, cache: TokenCache) {
        self.environment = environment.flatMap { $0.isEmpty ? nil : $0 }
        self.command = command
        self.cache = cache
    }

    /// The token for a server; asked for at each attempt, so that a new one is used as soon as it is there. Blocks
    /// while the command runs.
    public func token(for endpoint: Endpoint) throws(ClientError) -> String? {
        if let environment { return environment }
        if let command { return try TokenSource.run(command) }
        return try cache.token(for: endpoint)
    }

    private static func run(_ command: String) throws(ClientError) -> String {
        guard let stream = popen(command, "re") else {
            throw .token("token_command cannot be started: \(String(cString: strerror(errno)))")
        }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = fread(&bytes, 1, bytes.count, stream)
        guard pclose(stream) == 0 else { throw .token("token_command failed: run it by hand to see why") }
        let line = String(decoding: bytes[..<count], as: UTF8.self).split(whereSeparator: \.isNewline).first
        guard let line else { throw .token("token_command printed nothing") }
        return String(line)
    }
}
