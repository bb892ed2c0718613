import Glibc

/// The files of a folder, without those that git ignores.
struct Listing: Hashable, Sendable {
    /// A file that may be indexed.
    struct File: Hashable, Sendable {
        /// The path relative to the session's folder, with slashes.
        var path: String
        var stamp: FileStamp
    }

    /// A file or folder that is skipped for another reason than git's rules; the user is told.
    struct Skipped: Hashable, Sendable {
        var path: String
        var reason: SkipReason
    }

    /// The bound that truncated the list.
    enum Limit: String, Hashable, Sendable {
        case files, bytes, entries
    }

    /// In order of their paths.
    var files: [File] = []
    var skipped: [Skipped] = []
    /// How many files and folders git's rules exclude.
    var ignored = 0
    /// How many symbolic links were not followed.
    var links = 0
    /// The bound that was reached, which is then shared among the folders; `nil` when the list is complete.
    var limit: Limit?
    /// The total size of the files, in bytes.
    var bytes: Int64 = 0
}

/// Lists the files of a folder by git's rules; names that begin with a dot, such as `.git`, are skipped.
///
/// The walk is breadth-first, and bounds are shared fairly among folders: one with very many files does not use up the
/// bound before folders whose names sort behind it.
struct FileLister {
    /// A `.gitignore` larger than this is not read.
    static let ignoreFileBytesMaximum = 256 << 10
    /// One folder may use up the bound on names divided by this.
    private static let entriesShare = 4
    /// How many names of each folder are read in any case, while the total bound allows it.
    private static let entriesSmall = 1_000

    private let limits: LibrarianLimits
    private var rules: GitRules
    private var listing = Listing()
    /// The files of each folder, in the order in which the folders were found.
    private var found: [[Listing.File]] = []
    /// The folders of the next level, in reading order.
    private var next: [Place] = []
    private var entries = 0
    /// Whether the bound left names unread.
    private var isExhausted = false

    /// A folder that is still to be read.
    private struct Place {
        /// The components from the session's folder on.
        var names: [[CChar]] = []
        /// The path from the top of the repository.
        var path: [ArraySlice<UInt8>]
        /// The prefix of its files' paths.
        var prefix = ""
        /// The `.gitignore` files above it.
        var ignores: [GitIgnore?]
        /// Whether only tracked files are listed, because the folder is ignored.
        var onlyTracked: Bool
    }

    private init(limits: LibrarianLimits, rules: GitRules) { (self.limits, self.rules) = (limits, rules) }

    /// Lists the files of a folder, in an order that depends on their names only.
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
        try lister.walk(folder)
        lister.choose()
        return lister.listing
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Reads one level of folders after the other.
    private mutating func walk(_ top: borrowing Folder) throws {
        try read(Place(path: rules.path, ignores: rules.above, onlyTracked: rules.isLeftOut), top)
        while !next.isEmpty {
            let level = next
            next = []
            for place in level {
                do { try open(place, place.names[...], in: top) } catch is SystemError {
                    let path = String(place.prefix.dropLast())
                    listing.skipped.append(Listing.Skipped(path: path, reason: .unreadable))
                }
            }
        }
    }

    /// Opens a folder by its names, part by part, and reads it.
    private mutating func open(_ place: Place, _ names: ArraySlice<[CChar]>, in folder: borrowing Folder) throws {
        guard let name = names.first else { return try read(place, folder) }
        try open(place, names.dropFirst(), in: try Folder(name, in: folder))
    }

    private mutating func read(_ place: Place, _ folder: borrowing Folder) throws {
        try Task.checkCancellation()
        var place = place
        let ignoreFile = folder.smallFile(".gitignore", bytesMaximum: FileLister.ignoreFileBytesMaximum)
        place.ignores.append(ignoreFile.map(GitIgnore.init))
        found.append([])
        for name in try names(in: folder) { visit(name, in: folder, place) }
    }

    private mutating func visit(_ name: [UInt8], in folder: borrowing Folder, _ place: Place) {
        let terminated = (name + [0]).map { CChar(bitPattern: $0) }
        var status = stat()
        guard fstatat(folder.descriptor, terminated, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else {
            if kind == S_IFLNK { listing.links += 1 }
            return
        }
        let path = place.path + [name[...]]
        let isFolder = kind == S_IFDIR
        let isIgnored = place.onlyTracked || rules.ignores(path, isFolder: isFolder, by: place.ignores)
        guard !isIgnored || rules.tracks(path, isFolder: isFolder) else {
            listing.ignored += 1
            return
        }
        guard let text = String(validating: name, as: UTF8.self) else {
            let shown = place.prefix + String(decoding: name, as: UTF8.self)
            listing.skipped.append(Listing.Skipped(path: shown, reason: .nameNotUTF8))
            return
        }
        let shown = place.prefix + text
        if folder.isHidden(status) {
            listing.skipped.append(Listing.Skipped(path: shown, reason: .hidden))
        } else if !isFolder {
            add(shown, FileStamp(status))
        } else if place.names.count + 1 >= limits.depth {
            listing.skipped.append(Listing.Skipped(path: shown, reason: .tooDeep))
        } else {
            next.append(
                Place(
                    names: place.names + [terminated], path: path, prefix: shown + "/", ignores: place.ignores,
                    onlyTracked: isIgnored))
        }
    }

    private mutating func add(_ path: String, _ stamp: FileStamp) {
        guard stamp.size <= limits.fileBytes else {
            listing.skipped.append(Listing.Skipped(path: path, reason: .tooLarge))
            return
        }
        found[found.count - 1].append(Listing.File(path: path, stamp: stamp))
    }

    /// Chooses files within the bounds, round-robin over the folders.
    private mutating func choose() {
        var round = 0
        var left = found.indices.filter { !found[$0].isEmpty }
        while !left.isEmpty {
            for folder in left {
                let file = found[folder][round]
                if listing.files.count == limits.files {
                    listing.limit = .files
                } else if listing.bytes + file.stamp.size > limits.totalBytes {
                    listing.limit = listing.limit ?? .bytes
                } else {
                    listing.bytes += file.stamp.size
                    listing.files.append(file)
                }
            }
            round += 1
            left.removeAll { found[$0].count <= round }
        }
        listing.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        if isExhausted { listing.limit = listing.limit ?? .entries }
    }

    /// The names in a folder, sorted by their bytes, without those that begin with a dot.
    private mutating func names(in folder: borrowing Folder) throws(SystemError) -> [[UInt8]] {
        // closedir(3) closes the stream's descriptor, so it gets a duplicate of the folder's.
        let copy = fcntl(folder.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemError(code: errno) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemError(code: code)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        let share = max(limits.entries / FileLister.entriesShare, FileLister.entriesSmall)
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard name.first != UInt8(ascii: ".") else { continue }
            guard entries < limits.entries, names.count < share else {
                isExhausted = true
                break
            }
            entries += 1
            names.append(name)
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
