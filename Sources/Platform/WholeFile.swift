import Glibc
public import SystemPackage

/// Reads and replaces whole files. Replacing is in `WholeFile+Replacing.swift`.
public enum WholeFile {
    /// The default bound on files that are read, in bytes.
    public static let bytesMaximum = 1 << 20

    /// The contents of a file, as text.
    ///
    /// - Parameters:
    ///   - path: The file; a pipe or a device is read to its end.
    ///   - maximum: The most bytes it may have.
    ///   - isRegular: Whether only a regular file is read: a pipe without a writer would block forever.
    /// - Throws: ``SystemError``: the system's own errors, `.fileTooLarge` for a longer file,
    ///   `.illegalByteSequence` for one that is not UTF-8, and `.invalidArgument` for one that must be regular and is
    ///   not.
    public static func text(
        _ path: String, atMost maximum: Int = bytesMaximum, isRegular: Bool = false
    ) throws(SystemError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isRegular ? O_NONBLOCK : 0))
        guard descriptor >= 0 else { throw SystemError("read \(path)") }
        defer { close(descriptor) }
        guard !isRegular || FileIdentity(of: descriptor)?.isRegular ?? false else {
            throw SystemError("read \(path), which is no regular file", .invalidArgument)
        }
        return try text(of: FileDescriptor(rawValue: descriptor), named: path, atMost: maximum)
    }

    /// The rest of an open file, as text; the descriptor stays open.
    ///
    /// - Parameters:
    ///   - descriptor: The file.
    ///   - name: What error messages call it.
    ///   - maximum: The most bytes it may have.
    /// - Throws: ``SystemError``, as ``text(_:atMost:)`` does.
    public static func text(
        of descriptor: FileDescriptor, named name: String, atMost maximum: Int = bytesMaximum
    ) throws(SystemError) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count: Int
            do { count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) } } catch {
                throw SystemError("read \(name)", error as? Errno ?? .ioError)
            }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= maximum else {
                throw SystemError("read \(name), which has more than \(maximum) bytes", .fileTooLarge)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SystemError("read \(name), which is not UTF-8", .illegalByteSequence)
        }
        return text
    }
}
