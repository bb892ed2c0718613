/// Checks of a configuration before the TOML library parses it.
extension String {
    /// Whether the text contains U+0000, raw or as a TOML escape. The TOML library passes keys to C, which would
    /// truncate them there.
    public var namesNUL: Bool {
        utf8.contains(0) || contains("\\u0000") || contains("\\U00000000")
    }
}
