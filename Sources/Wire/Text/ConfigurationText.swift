/// What is looked for in a configuration before a library reads it.
extension String {
    /// Whether the text has U+0000, as it is or as TOML writes it: the reader of TOML hands keys to C, which ends them there
    /// and then finds nothing under the rest.
    public var namesNUL: Bool {
        utf8.contains(0) || contains("\\u0000") || contains("\\U00000000")
    }
}
