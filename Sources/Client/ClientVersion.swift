/// The version of `belay`, which a private server must share.
public enum ClientVersion {
    /// The number of the release, as in CHANGELOG.md.
    public static let current = "0.1.0"
}
