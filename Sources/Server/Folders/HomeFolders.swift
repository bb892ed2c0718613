import Crypto
import Glibc
import Ledger

/// The home folders of network users when no roots are configured: one each, created on first use, with mode 0700.
struct HomeFolders: Sendable {
    /// The folder that holds them: `home` in the data folder.
    let directory: String

    /// The longest folder name, in bytes; a file name has at most 255, and escaping may triple a user name.
    private static let nameBytesMaximum = 200

    init(dataDirectory: String) { directory = dataDirectory + "/home" }

    /// The name of a user's folder: letters, digits, `-` and `_` stay, every other byte becomes `%` and two hexadecimal
    /// digits. So no two users share a folder, no name is `..`, and an operator can still read whose it is.
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
        // A hash for names that are too long; no escaped name begins with `%x`, since `x` is no hexadecimal digit.
        return "%x" + SHA256.hash(data: Array(principal.rawValue.utf8)).map(hexadecimal).joined()
    }

    /// The path of a user's folder, whether it exists or not.
    func path(of principal: Principal) -> String { directory + "/" + HomeFolders.name(of: principal) }

    /// Creates a user's folder, or checks that it is a folder of this process's user and not a symbolic link.
    ///
    /// - Throws: ``FolderRefusal/homeUnusable``.
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
