import Wire

/// The key of an index: owner, and the folder's device, inode and path. Two users of one folder have separate indexes,
/// and so have two folders that had the same path.
///
/// The key has digits and separators only, so that no Unicode-aware comparison takes two spellings of a name for one.
struct IndexKey: Hashable, Sendable {
    let text: String

    /// - Throws: ``SystemError`` when the folder cannot be opened.
    init(_ folder: SessionFolder) throws(SystemError) {
        let identity = try Folder(folder).identity
        text = [
            IndexKey.digits(folder.owner), String(identity.device), String(identity.inode),
            IndexKey.digits(folder.place),
        ].joined(separator: ":")
    }

    /// The name of the index's file, a hash of the key. The index stores its key, so two folders with the same hash
    /// only replace each other's index.
    var fileName: String {
        var hash = FNV1a()
        hash.add(text)
        let digits = String(hash.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits + ".sqlite"
    }

    /// The bytes of a text in hexadecimal.
    private static func digits(_ name: String) -> String {
        name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
