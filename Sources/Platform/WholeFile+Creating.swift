import Glibc
import SystemPackage

extension WholeFile {
    /// Writes a new file of mode 0600; one that is there is left as it is.
    ///
    /// - Throws: ``SystemError``; nothing is left of the file then.
    public static func create(_ path: String, with text: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("create \(path)") }
        do {
            let file = FileDescriptor(rawValue: descriptor)
            try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
        } catch {
            unlink(path)
            throw SystemError("write \(path)", error as? Errno ?? .ioError)
        }
    }
}
