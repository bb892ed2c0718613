import Glibc
import SystemPackage

extension WholeFile {
    /// Writes a new file of mode 0600. Nothing is ever overwritten, and nothing is left of a file that could not be
    /// written to its end.
    ///
    /// - Parameter body: Writes the text, in pieces, by the function that it gets.
    /// - Throws: ``SystemError``, with `.fileExists` when there is something with this name already; what the body throws.
    public static func create(_ path: String, _ body: ((String) throws -> Void) throws -> Void) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("create \(path)") }
        do {
            let file = FileDescriptor(rawValue: descriptor)
            try file.closeAfter {
                try body { text in
                    do { _ = try file.writeAll(Array(text.utf8)) } catch {
                        throw SystemError("write \(path)", error as? Errno ?? .ioError)
                    }
                }
            }
        } catch {
            unlink(path)
            throw error
        }
    }
}
