import Client
import Glibc
import Screen

/// Finds themes by their names: in the user's folder, in that of all users, and in the program.
struct ThemeLibrary {
    /// The longest chain of themes that extend one another.
    static let extensionsMaximum = 8

    /// The folders that are searched, in this order.
    let folders: [String]

    /// - Parameter configuration: The configuration folder, which has a subfolder `themes`.
    init(configuration: String) { folders = [configuration + "/themes", "/usr/share/belay/themes"] }

    /// The folder of the user's own themes.
    var own: String { folders[0] }

    /// Finds a theme and those that it extends, itself first.
    ///
    /// - Throws: ``ClientError/configuration(_:)``, naming the file and the line.
    func chain(_ name: String) throws(ClientError) -> ThemeChain { try chain(from: file(name)) }

    /// The theme of a file, and those that it extends.
    func chain(path: String) throws(ClientError) -> ThemeChain { try chain(from: ThemeFile(path: path)) }

    /// The file of the theme with this name.
    func file(_ name: String) throws(ClientError) -> ThemeFile {
        if let path = path(of: name) { return try ThemeFile(path: path) }
        guard let file = try ThemeFile(builtIn: name) else {
            throw .configuration("there is no theme '\(name)': put \(name).toml into \(own), or see `belay theme list`")
        }
        return file
    }

    /// The names of all themes, those of the program first.
    var names: [String] {
        let others = folders.flatMap { folder in
            ThemeLibrary.entries(of: folder).filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }
        }
        return BuiltInThemes.names + Set(others).subtracting(BuiltInThemes.names).sorted()
    }

    private func chain(from file: ThemeFile) throws(ClientError) -> ThemeChain {
        var files = [file]
        while let next = files[files.count - 1].header.extends {
            guard files.count < ThemeLibrary.extensionsMaximum else {
                throw files[0].failure(.cycle(key: "extends"))
            }
            // A theme may change the one that it replaces.
            let last = files[files.count - 1]
            if next == last.name, !last.isBuiltIn, let builtIn = try ThemeFile(builtIn: next) {
                files.append(builtIn)
            } else {
                files.append(try self.file(next))
            }
        }
        return ThemeChain(files: files)
    }

    private func path(of name: String) -> String? {
        if name.contains("/") { return nil }
        return folders.map { "\($0)/\(name).toml" }.first { access($0, F_OK) == 0 }
    }

    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}

/// A theme file and those that it extends, itself first.
struct ThemeChain {
    let files: [ThemeFile]

    /// The file, on top of those that it extends.
    var table: ThemeTable {
        files.dropLast().reversed().reduce(files[files.count - 1].table) { $1.table.extending($0) }
    }

    /// The theme on a canvas.
    ///
    /// - Throws: ``ClientError/configuration(_:)``, naming the file and the line.
    func theme(on canvas: Canvas) throws(ClientError) -> Theme {
        do throws(ThemeError) { return try Theme(table, on: canvas) } catch {
            // Blamed on the first file that sets the key.
            let blamed = files.first { ThemeLines.line(of: error.key, in: $0.text) != nil } ?? files[0]
            throw blamed.failure(error)
        }
    }
}
