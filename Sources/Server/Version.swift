/// The version of `belayd`, shown by `--version` and told to clients.
public enum Version {
    /// The version by Semantic Versioning, as in `CHANGELOG.md`.
    public static let current = "0.1.0"
}
