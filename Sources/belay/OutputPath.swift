import Client
import Platform

/// The file of an option such as `-O`, to which a result is written at the end of the work.
enum OutputPath {
    /// The path to write to; `-` is the standard output.
    ///
    /// - Throws: ``ClientError/folder(_:)`` when it cannot be written, so that this is known before the work begins.
    static func checked(_ name: String) throws(ClientError) -> String {
        guard !name.isEmpty else { throw .folder("the name of the output file is empty: give a file, or -") }
        let path = name == "-" ? "/dev/stdout" : name
        do { try WholeFile.checkWritable(path) } catch { throw .folder("\(error)") }
        return path
    }
}
