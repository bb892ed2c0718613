public import Platform
public import SystemPackage

/// Writing to descriptors that may be slow. ``line(_:to:)`` is how text reaches a person: whatever a server, an agent or
/// a network put into it, a terminal shows it and does not obey it.
public enum Output {
    /// Says something to a person, without control characters, escape sequences and marks that mislead. Nothing hangs on
    /// it: where nobody can hear it, it is not said.
    public static func line(_ text: String, to descriptor: FileDescriptor) {
        try? descriptor.writeFully(Printable.line(text) + "\n", named: "")
    }

    /// Writes text as it is: what was cleaned already and has sequences of our own in it, and what is meant for programs.
    ///
    /// - Throws: ``SystemError`` when not all of it could be written.
    public static func verbatim(_ text: String, to descriptor: FileDescriptor) throws(SystemError) {
        try descriptor.writeFully(text, named: descriptor == .standardOutput ? "the standard output" : "the terminal")
    }
}
