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
    /// - Throws: ``ClientError/token(_:)`` when others can read the file, so that its tokens may be known to them, or it
    ///   is damaged; ``ClientError/helper(_:)`` when it cannot be read just now.
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
            let code = Errno.last
            guard SystemError("read \(path)", code).isAbsence else { throw failure(code) }
            return TOMLTable()
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(.last) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .token("\(path) is no file: remove it, and run belay login again")
        }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw .token("\(path) can be read by others: run chmod 600 on it, and replace its tokens")
        }
        let open = FileDescriptor(rawValue: descriptor)
        let text: String
        do throws(SystemError) { text = try WholeFile.text(of: open, named: path) } catch { throw failure(error.code) }
        guard !text.namesNUL, let table = try? TOMLTable(string: text) else { throw damaged }
        return table
    }

    private var damaged: ClientError { .token("\(path) is damaged: remove it, and run belay login again") }

    /// What an error in reading the file means. Only what stays until the user changes something is final; a process
    /// without descriptors or memory, or a disk that fails, says nothing about the token.
    func failure(_ code: Errno) -> ClientError {
        switch code {
        case .tooManySymbolicLinkLevels: .token("\(path) is a link: remove it, and run belay login again")
        case .fileTooLarge, .illegalByteSequence: damaged
        case .permissionDenied, .notPermitted, .noSuchAddressOrDevice, .fileNameTooLong, .isDirectory:
            .token("belay cannot read \(path): \(code)")
        default: .helper("belay cannot read \(path) just now: \(code)")
        }
    }
}
