import Glibc

/// The files of a folder as git would see them.
struct Listing: Hashable, Sendable {
    /// A file that may be read.
    struct File: Hashable, Sendable {
        /// From the folder, parts separated by slashes.
        var path: String
        var stamp: FileStamp
    }

    /// A file or folder that is left out although nobody asked for that.
    struct Skipped: Hashable, Sendable {
        var path: String
        var reason: SkipReason
    }

    /// A bound that cut the list short.
    enum Limit: String, Hashable, Sendable {
        case files, bytes, entries
    }

    /// In order of their paths.
    var files: [File] = []
    var skipped: [Skipped] = []
    /// How many files and folders git's rules leave out.
    var ignored = 0
    /// How many symbolic links were not followed.
    var links = 0
    /// The bound that was reached, if one was; the list then ends there.
    var limit: Limit?
    /// The sizes of the files together.
    var bytes: Int64 = 0
}

/// Walks a folder, honouring git's rules; names that begin with a dot are left out, `.git` among them.
struct FileLister {
    /// A `.gitignore` larger than this is not read.
    static let ignoreFileBytesMaximum = 256 << 10

    private let limits: LibrarianLimits
    private var listing = Listing()
    private var entries = 0
    private let rules: GitRules
    private var isExhausted: Bool { entries > limits.entries }

    private init(limits: LibrarianLimits, rules: GitRules) { (self.limits, self.rules) = (limits, rules) }

    /// Lists the files of a folder, in an order that depends on nothing but their names.
    ///
    /// - Throws: ``SystemError`` when the folder itself cannot be read, `CancellationError` when the task is cancelled.
    static func list(
        _ session: SessionFolder, limits: LibrarianLimits, environment: GitEnvironment = .current
    ) throws -> Listing {
        let folder = try Folder(session)
        let rules = (session.location ?? FileLister.realPath(session.path)).map {
            GitRules(of: $0, environment: environment)
        }
        var lister = FileLister(limits: limits, rules: rules ?? GitRules())
        try lister.walk(
            folder, path: lister.rules.path, prefix: "", ignores: lister.rules.above,
            onlyTracked: lister.rules.isLeftOut)
        if lister.isExhausted, lister.listing.limit == nil { lister.listing.limit = .entries }
        return lister.listing
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private mutating func walk(
        _ folder: borrowing Folder, path: [ArraySlice<UInt8>], prefix: String, ignores: [GitIgnore?],
        onlyTracked: Bool
    ) throws {
        try Task.checkCancellation()
        let ignoreFile = folder.smallFile(".gitignore", bytesMaximum: FileLister.ignoreFileBytesMaximum)
        let ignores = ignores + [ignoreFile.map(GitIgnore.init)]
        for name in try names(in: folder) {
            guard listing.limit == nil else { return }
            try visit(
                name, in: folder, path: path, prefix: prefix, ignores: ignores, onlyTracked: onlyTracked)
        }
    }

    private mutating func visit(
        _ name: [UInt8], in folder: borrowing Folder, path: [ArraySlice<UInt8>], prefix: String, ignores: [GitIgnore?],
        onlyTracked: Bool
    ) throws {
        let terminated = (name + [0]).map { CChar(bitPattern: $0) }
        var status = stat()
        guard fstatat(folder.descriptor, terminated, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else {
            if kind == S_IFLNK { listing.links += 1 }
            return
        }
        let path = path + [name[...]]
        let isFolder = kind == S_IFDIR
        let isIgnored = onlyTracked || rules.ignores(path, isFolder: isFolder, by: ignores)
        guard !isIgnored || rules.tracks(path, isFolder: isFolder) else {
            listing.ignored += 1
            return
        }
        guard let text = String(validating: name, as: UTF8.self) else {
            listing.skipped.append(
                Listing.Skipped(path: prefix + String(decoding: name, as: UTF8.self), reason: .nameNotUTF8))
            return
        }
        guard !folder.isHidden(status) else {
            listing.skipped.append(Listing.Skipped(path: prefix + text, reason: .hidden))
            return
        }
        if kind == S_IFREG {
            add(prefix + text, FileStamp(status))
        } else {
            try descend(
                terminated, in: folder, path: path, prefix: prefix + text, ignores: ignores, onlyTracked: isIgnored)
        }
    }

    private mutating func descend(
        _ name: [CChar], in folder: borrowing Folder, path: [ArraySlice<UInt8>], prefix: String, ignores: [GitIgnore?],
        onlyTracked: Bool
    ) throws {
        guard path.count - rules.path.count < limits.depth else {
            listing.skipped.append(Listing.Skipped(path: prefix, reason: .tooDeep))
            return
        }
        do {
            try walk(
                try Folder(name, in: folder), path: path, prefix: prefix + "/", ignores: ignores,
                onlyTracked: onlyTracked)
        } catch is SystemError {
            listing.skipped.append(Listing.Skipped(path: prefix, reason: .unreadable))
        }
    }

    private mutating func add(_ path: String, _ stamp: FileStamp) {
        guard stamp.size <= limits.fileBytes else {
            listing.skipped.append(Listing.Skipped(path: path, reason: .tooLarge))
            return
        }
        if listing.files.count == limits.files {
            listing.limit = .files
        } else if listing.bytes + stamp.size > limits.totalBytes {
            listing.limit = .bytes
        } else {
            listing.bytes += stamp.size
            listing.files.append(Listing.File(path: path, stamp: stamp))
        }
    }

    /// The names in a folder, sorted by their bytes, without those that begin with a dot.
    private mutating func names(in folder: borrowing Folder) throws(SystemError) -> [[UInt8]] {
        // The stream closes its descriptor, which the folder still needs.
        let copy = fcntl(folder.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemError(code: errno) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemError(code: code)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while !isExhausted, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard name.first != UInt8(ascii: ".") else { continue }
            entries += 1
            if isExhausted { break }
            names.append(name)
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
