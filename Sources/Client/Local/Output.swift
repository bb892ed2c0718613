public import Platform
public import SystemPackage

/// Writes to descriptors that may be slow. Text for people goes through ``line(_:to:)``, which removes control
/// characters: text of a server, an agent or a network must not control the terminal.
public enum Output {
    /// Writes a line for people, without control characters, escape sequences and bidirectional marks. Errors are
    /// ignored, since there is no other place to report them.
    public static func line(_ text: String, to descriptor: FileDescriptor) {
        try? descriptor.writeFully(Printable.line(text) + "\n", named: "")
    }

    /// Writes text unchanged: for programs, and for text that is clean already and has our own escape sequences.
    ///
    /// - Throws: ``SystemError`` when it could not be written completely.
    public static func verbatim(_ text: String, to descriptor: FileDescriptor) throws(SystemError) {
        try descriptor.writeFully(text, named: descriptor == .standardOutput ? "the standard output" : "the terminal")
    }
}
