/// The version of the program.
public enum Version {
    /// The version, as in the CHANGELOG.
    public static let current = "0.1.0"
}
