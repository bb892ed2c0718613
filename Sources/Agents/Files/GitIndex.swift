/// The files that git tracks, from its index (gitformat-index(5), versions 2 to 4).
struct GitIndex: Sendable {
    /// A larger index is not read; tracked files that a pattern ignores are then skipped.
    static let bytesMaximum = 64 << 20

    private var files: Set<[UInt8]> = []
    private var folders: Set<[UInt8]> = []

    /// An empty index.
    init() {}

    /// Parses an index; of a malformed one, the entries before the error.
    init(_ bytes: [UInt8]) {
        guard bytes.starts(with: "DIRC".utf8), bytes.count >= 12 else { return }
        let (version, count) = (GitIndex.number(bytes, 4), GitIndex.number(bytes, 8))
        guard (2...4).contains(version) else { return }
        var place = 12
        var name: [UInt8] = []
        for _ in 0..<count {
            // 60 bytes of times, device, inode, mode, owner, size and object name, then the flags.
            let flags = place + 60
            guard flags + 2 <= bytes.count else { return }
            let isExtended = bytes[flags] & 0x40 != 0
            var start = flags + (isExtended && version > 2 ? 4 : 2)
            if version == 4 {
                guard let cut = GitIndex.offset(bytes, &start), cut <= name.count else { return }
                name.removeLast(cut)
            } else {
                name = []
            }
            guard start <= bytes.count, let end = bytes[start...].firstIndex(of: 0) else { return }
            name += bytes[start..<end]
            add(name)
            // Entries are padded with one to eight NULs to a multiple of eight, except in version 4.
            place = version == 4 ? end + 1 : place + ((end - place) / 8 + 1) * 8
        }
    }

    private mutating func add(_ name: [UInt8]) {
        files.insert(name)
        var parent = name[...]
        while let slash = parent.lastIndex(of: UInt8(ascii: "/")) {
            parent = parent[..<slash]
            guard folders.insert(Array(parent)).inserted else { return }
        }
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> Int {
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
