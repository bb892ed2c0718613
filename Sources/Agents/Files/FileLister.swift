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
    /// The largest file with rules or configuration of git; the folder for which a larger one counts is skipped.
    static let ignoreFileBytesMaximum = 256 << 10
    /// The most repositories within the folder; further ones are skipped.
    static let repositoriesMaximum = 1_000
    /// One folder may use up the bound on names divided by this.
    private static let entriesShare = 4
    /// How many names of each folder are read in any case, while the total bound allows it.
    private static let entriesSmall = 1_000

    private let limits: LibrarianLimits
    private let environment: GitEnvironment
    /// The folder's absolute path without links; `nil` when it is unknown.
    private let root: String?
    /// The rules of the repository that the folder is in, and of those in it.
    private var rules: [GitRules]
    private var indexBytesLeft = GitIndex.bytesMaximum
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
        /// Which of the repositories it is in.
        var repository = 0
        /// The path from the top of the repository.
        var path: [ArraySlice<UInt8>]
        /// The prefix of its files' paths.
        var prefix = ""
        /// The `.gitignore` files above it.
        var ignores: [GitIgnore?]
        /// Whether only tracked files are listed, because the folder is ignored.
        var onlyTracked: Bool
    }

    private init(limits: LibrarianLimits, environment: GitEnvironment, root: String?) throws(GitRulesError) {
        (self.limits, self.environment, self.root) = (limits, environment, root)
        rules = [
            try root.map { root throws(GitRulesError) in try GitRules(of: root, environment: environment) }
                ?? GitRules()
        ]
    }

    /// Lists the files of a folder, in an order that depends on their names only.
    ///
    /// - Throws: ``SystemError`` when the folder itself cannot be read, `CancellationError` when the task is cancelled.
    static func list(
        _ session: SessionFolder, limits: LibrarianLimits, environment: GitEnvironment = .current
    ) throws -> Listing {
        let folder = try Folder(session)
        let root = session.location ?? GitEnvironment.realPath(session.path)
        guard var lister = try? FileLister(limits: limits, environment: environment, root: root) else {
            return Listing(skipped: [Listing.Skipped(path: ".", reason: .gitRules)])
        }
        try lister.walk(folder)
        lister.choose()
        return lister.listing
    }

    /// Reads one level of folders after the other.
    private mutating func walk(_ top: borrowing Folder) throws {
        let rules = rules[0]
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
        do {
            try enterRepository(&place, folder)
            place.ignores.append(try rules[place.repository].patterns(in: folder))
        } catch {
            // Without the rules, what is ignored is unknown too.
            let path = place.prefix.isEmpty ? "." : String(place.prefix.dropLast())
            listing.skipped.append(Listing.Skipped(path: path, reason: .gitRules))
            return
        }
        found.append([])
        for name in try names(in: folder) { visit(name, in: folder, place) }
    }

    /// If the folder is the top of another repository, the rules of that one begin here: its files are not among those
    /// of the outer one. Files that the outer one tracks in an ignored folder remain its own.
    private mutating func enterRepository(
        _ place: inout Place, _ folder: borrowing Folder
    ) throws(GitRulesError) {
        guard let root, !place.names.isEmpty, faccessat(folder.descriptor, ".git", F_OK, 0) == 0 else { return }
        guard !place.onlyTracked || rules[place.repository].tracksAsSubmodule(place.path, bytesLeft: &indexBytesLeft)
        else { return }
        let path = (root == "/" ? "" : root) + "/" + place.prefix.dropLast()
        guard let git = GitFolder(in: path) else { return }
        guard rules.count <= FileLister.repositoriesMaximum else { throw GitRulesError(path: path) }
        rules.append(try GitRules(git, top: path, environment: environment))
        (place.repository, place.path, place.ignores, place.onlyTracked) = (rules.count - 1, [], [], false)
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
        let isIgnored =
            place.onlyTracked || rules[place.repository].ignores(path, isFolder: isFolder, by: place.ignores)
        guard !isIgnored || rules[place.repository].tracks(path, isFolder: isFolder, bytesLeft: &indexBytesLeft) else {
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
                    names: place.names + [terminated], repository: place.repository, path: path, prefix: shown + "/",
                    ignores: place.ignores, onlyTracked: isIgnored))
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
