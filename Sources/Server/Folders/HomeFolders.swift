import Crypto
import Glibc
import Ledger

/// The folders that users of the network have when no roots are configured: one each, made when it is first wanted,
/// for the server's user alone.
struct HomeFolders: Sendable {
    /// Where they are.
    let directory: String

    /// File names have 255 bytes at most, and a name may grow threefold.
    private static let nameBytesMaximum = 200

    init(dataDirectory: String) { directory = dataDirectory + "/home" }

    /// The name of a user's folder: letters, digits, `-` and `_` are themselves, every other byte is its number. So two
    /// names never have one folder, none is `..`, and a reader still sees whose it is.
    static func name(of principal: Principal) -> String {
        let name = principal.rawValue.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + hexadecimal(byte)
            }
        }
        .joined()
        guard name.isEmpty || name.utf8.count > nameBytesMaximum else { return name }
        // No name above begins like this: `x` is no digit.
        return "%x" + SHA256.hash(data: Array(principal.rawValue.utf8)).map(hexadecimal).joined()
    }

    /// Where a user's folder is or will be.
    func path(of principal: Principal) -> String { directory + "/" + HomeFolders.name(of: principal) }

    /// Makes a user's folder, or finds it as it was made: a folder, no link, of this process's user.
    func make(for principal: Principal) throws(FolderRefusal) -> String {
        let path = path(of: principal)
        for folder in [directory, path] {
            guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw .homeUnusable }
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
                throw .homeUnusable
            }
        }
        return path
    }

    private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
