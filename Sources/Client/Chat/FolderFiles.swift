import Glibc
import Platform
import Wire

/// Lists the files of a folder for completion: as git sees them where it does, otherwise what has no dot in front.
enum FolderFiles {
    /// The most files that are listed.
    static let maximum = 10_000
    /// The most bytes of git's list that are read.
    private static let bytesMaximum = 800_000
    /// The most names that are read without git.
    private static let namesMaximum = 50_000
    /// How long git may take; what it has not listed by then is found without it.
    private static let timeout = Duration.seconds(2)

    /// The paths of files, relative to the folder.
    static func list(_ folder: String) async -> [String] {
        // A configuration of the repository must not run programs because somebody typed an @.
        let git = "git -C \(folder.shellWord) -c core.fsmonitor=false ls-files --cached --others --exclude-standard -z"
        let command = "\(git) 2>/dev/null | head -c \(bytesMaximum)"
        let output = try? await ShellCommand.output(of: command, within: timeout)
        let paths = (output ?? "").split(separator: "\0").map { String($0) }
        guard paths.isEmpty else {
            // The last one may be cut.
            return Array((output?.utf8.count ?? 0 >= bytesMaximum ? paths.dropLast() : paths[...]).prefix(maximum))
        }
        return walk(folder)
    }

    /// Level by level, so that what is near is found before a bound is reached. Links are not followed.
    static func walk(_ folder: String) -> [String] {
        var files: [String] = []
        var names = 0
        var level = [""]
        while !level.isEmpty {
            var next: [String] = []
            for prefix in level {
                guard let stream = opendir("\(folder)/\(prefix)") else { continue }
                defer { closedir(stream) }
                while let entry = readdir(stream) {
                    names += 1
                    guard names <= namesMaximum, files.count < maximum else { return files.sorted() }
                    let name = withUnsafePointer(to: &entry.pointee.d_name) {
                        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
                    }
                    guard let name, !name.hasPrefix(".") else { continue }
                    switch Int(entry.pointee.d_type) {
                    case Int(DT_DIR): next.append("\(prefix)\(name)/")
                    case Int(DT_REG): files.append(prefix + name)
                    default: break
                    }
                }
            }
            level = next
        }
        return files.sorted()
    }
}
