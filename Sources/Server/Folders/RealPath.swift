import Glibc

/// An absolute path without symbolic links, as the bytes of its components. Paths are compared by components, so that
/// `/srv/shop2` is not inside `/srv/shop`, and by bytes, so that two Unicode spellings of a name are two names.
struct RealPath: Hashable, Sendable {
    let parts: [[UInt8]]

    private init(parts: [[UInt8]]) { self.parts = parts }

    /// Resolves a path with realpath(3); `nil` when it does not exist, is relative or contains U+0000.
    init?(_ path: String) {
        // C would end the path at the NUL and resolve another one.
        guard path.hasPrefix("/"), !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let bytes = UnsafeBufferPointer(start: resolved, count: strlen(resolved)).map { UInt8(bitPattern: $0) }
        parts = bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    /// Resolves the longest existing prefix of a path, and appends the rest as it is written.
    init(asFarAsItExists path: String) {
        var missing: [[UInt8]] = []
        var rest = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        while !rest.isEmpty {
            let text = "/" + rest.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
            if let known = RealPath(text) {
                self.init(parts: known.parts + missing.reversed())
                return
            }
            missing.append(rest.removeLast())
        }
        self.init(parts: missing.reversed())
    }

    /// The path as text; `nil` when it is not UTF-8.
    var text: String? {
        String(validating: Array(("/" as String).utf8) + parts.joined(separator: [0x2F]), as: UTF8.self)
    }

    /// Whether a path is this one or is inside it.
    func contains(_ other: RealPath) -> Bool { other.parts.starts(with: parts) }

    /// Whether it is a folder at this moment.
    var isFolder: Bool {
        guard let text else { return false }
        var status = stat()
        return lstat(text, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
