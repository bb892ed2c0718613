import Glibc

/// A path in which no part is a link, as the bytes of its parts: two of them are compared part by part, so that
/// `/srv/shop2` does not lie in `/srv/shop`, and no two spellings of a name are one.
struct RealPath: Hashable, Sendable {
    let parts: [[UInt8]]

    private init(parts: [[UInt8]]) { self.parts = parts }

    /// Where a path leads, all links followed; `nil` when nothing is there.
    init?(_ path: String) {
        // C would end the path at a NUL and find something else.
        guard path.hasPrefix("/"), !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let bytes = UnsafeBufferPointer(start: resolved, count: strlen(resolved)).map { UInt8(bitPattern: $0) }
        parts = bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    /// Where a path leads as far as something is there, and the rest as it is written.
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

    /// As it is written; `nil` when its names are not UTF-8.
    var text: String? {
        String(validating: Array(("/" as String).utf8) + parts.joined(separator: [0x2F]), as: UTF8.self)
    }

    /// Whether a path is this one or lies below it.
    func contains(_ other: RealPath) -> Bool { other.parts.starts(with: parts) }

    /// Whether a folder is there now.
    var isFolder: Bool {
        guard let text else { return false }
        var status = stat()
        return lstat(text, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
