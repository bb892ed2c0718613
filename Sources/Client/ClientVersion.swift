/// The version of the program.
public enum ClientVersion {
    /// The version, as in the CHANGELOG.
    public static let current = "0.1.0"
}
