import Client

/// The first steps of every command that connects to a server.
enum Setup {
    /// Reads the configuration: the file that was named, or the one in this user's folder. That folder must not be
    /// writable by others, because the file can name commands to run.
    static func configuration(
        _ file: String?, _ folders: Folders, _ environment: [String: String]
    ) throws(ClientError) -> ClientConfiguration {
        // An empty variable counts as unset.
        let named = file ?? environment["BELAY_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        if named == nil { try FolderUse.believed.check(folders.configuration) }
        return try ClientConfiguration.load(file: named, fallback: folders.configuration + "/config.toml")
    }
}
