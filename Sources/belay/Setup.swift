import Client

/// What every command that speaks to a server begins with.
enum Setup {
    /// Reads the configuration: the file that was named, or the one of this user's folder, which names commands that are
    /// run and has to be one that nobody else can write in.
    static func configuration(
        _ file: String?, _ folders: Folders, _ environment: [String: String]
    ) throws(ClientError) -> ClientConfiguration {
        let named = file ?? environment["BELAY_CONFIG"]
        if named == nil { try FolderUse.believed.check(folders.configuration) }
        return try ClientConfiguration.load(file: named, fallback: folders.configuration + "/config.toml")
    }
}
