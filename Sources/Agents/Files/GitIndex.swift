/// The files that git tracks, from its index (gitformat-index(5), versions 2 to 4, also split in two).
struct GitIndex: Sendable {
    /// The most bytes that are read of the indexes of all repositories in a folder together. An index beyond that is not
    /// read; tracked files that a pattern ignores are then skipped.
    static let bytesMaximum = 64 << 20

    private var files: Set<[UInt8]> = []
    private var folders: Set<[UInt8]> = []

    /// An empty index.
    init() {}

    /// Reads the index of a working tree.
    ///
    /// - Parameter bytesLeft: How much may be read; what is read is subtracted.
    init(of git: GitFolder, objectNameLength: Int, bytesLeft: inout Int) {
        func file(_ name: String) -> [UInt8]? {
            guard let bytes = try? Folder.smallFile(at: git.own + "/" + name, bytesMaximum: bytesLeft) else {
                return nil
            }
            bytesLeft -= bytes.count
            return bytes
        }
        self.init(file("index") ?? [], objectNameLength: objectNameLength) { file("sharedindex." + $0) }
    }

    /// Parses an index; of a malformed one, the entries before the error.
    ///
    /// - Parameters:
    ///   - objectNameLength: The length of a hash in bytes: 20 for SHA-1, 32 for SHA-256.
    ///   - shared: Reads the other part of a split index, by its hash in hexadecimal.
    init(_ bytes: [UInt8], objectNameLength: Int = 20, shared: (String) -> [UInt8]? = { _ in nil }) {
        let (names, end) = GitIndex.names(in: bytes, objectNameLength: objectNameLength)
        for name in names where !name.isEmpty { add(name) }
        guard let end,
            let link = GitIndexLink(in: bytes, from: end, objectNameLength: objectNameLength),
            let base = shared(link.name)
        else { return }
        let (baseNames, baseEnd) = GitIndex.names(in: base, objectNameLength: objectNameLength)
        guard baseEnd != nil else { return }
        for (position, name) in baseNames.enumerated() where !link.deleted.contains(position) { add(name) }
    }

    /// The names of the entries, in order, and where these end; `nil` when they are malformed.
    private static func names(in bytes: [UInt8], objectNameLength: Int) -> (names: [[UInt8]], end: Int?) {
        var names: [[UInt8]] = []
        guard bytes.starts(with: "DIRC".utf8), bytes.count >= 12 else { return ([], nil) }
        let (version, count) = (number(bytes, 4), number(bytes, 8))
        guard (2...4).contains(version) else { return ([], nil) }
        var place = 12
        var name: [UInt8] = []
        for _ in 0..<count {
            // 40 bytes of times, device, inode, mode, owner and size, and the object's name, then the flags.
            let flags = place + 40 + objectNameLength
            guard flags + 2 <= bytes.count else { return (names, nil) }
            let isExtended = bytes[flags] & 0x40 != 0
            var start = flags + (isExtended && version > 2 ? 4 : 2)
            if version == 4 {
                guard let cut = offset(bytes, &start), cut <= name.count else { return (names, nil) }
                name.removeLast(cut)
            } else {
                name = []
            }
            guard start <= bytes.count, let end = bytes[start...].firstIndex(of: 0) else { return (names, nil) }
            name += bytes[start..<end]
            names.append(name)
            // Entries are padded with one to eight NULs to a multiple of eight, except in version 4.
            place = version == 4 ? end + 1 : place + ((end - place) / 8 + 1) * 8
        }
        return (names, place)
    }

    private mutating func add(_ name: [UInt8]) {
        files.insert(name)
        var parent = name[...]
        while let slash = parent.lastIndex(of: UInt8(ascii: "/")) {
            parent = parent[..<slash]
            guard folders.insert(Array(parent)).inserted else { return }
        }
    }

    /// A number of four bytes.
    static func number(_ bytes: [UInt8], _ place: Int) -> Int {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    /// A variable-length integer of version 4.
    private static func offset(_ bytes: [UInt8], _ place: inout Int) -> Int? {
        var value = 0
        for index in 0..<5 {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            value = (index == 0 ? 0 : value + 1) << 7 | Int(byte & 0x7F)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    /// Whether a file is tracked.
    func has(_ path: [ArraySlice<UInt8>]) -> Bool {
        !files.isEmpty && files.contains(Array(path.joined(separator: [UInt8(ascii: "/")])))
    }

    /// Whether a folder has a tracked file.
    func holds(_ path: [ArraySlice<UInt8>]) -> Bool {
        !folders.isEmpty && folders.contains(Array(path.joined(separator: [UInt8(ascii: "/")])))
    }
}
