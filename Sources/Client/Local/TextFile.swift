import Glibc

/// Small text files, read whole and written whole.
public enum TextFile {
    /// The longest file that is read, in bytes.
    public static let bytesMaximum = 1 << 20

    /// The file's text; `nil` when it cannot be read or is not UTF-8, with `errno` set.
    public static func read(_ path: String) -> String? {
        guard let stream = fopen(path, "re") else { return nil }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: bytesMaximum)
        let count = fread(&bytes, 1, bytes.count, stream)
        guard count < bytes.count else {
            errno = EFBIG
            return nil
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            errno = EILSEQ
            return nil
        }
        return text
    }

    /// Writes the file so that it is there whole or not at all, for this user alone.
    ///
    /// - Returns: Whether it was; if not, `errno` says why, and what was there is unharmed.
    public static func replace(_ path: String, with text: String) -> Bool {
        let temporary = "\(path).new-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let isWritten =
            text.utf8.withContiguousStorageIfAvailable { Output.write($0, to: descriptor) }
            ?? {
                Array(text.utf8).withUnsafeBufferPointer { Output.write($0, to: descriptor) }
            }()
        guard isWritten, fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
            let reason = errno
            unlink(temporary)
            errno = reason
            return false
        }
        return true
    }
}

/// Writing to descriptors that may be slow.
public enum Output {
    /// Writes all of it, however slowly it is read.
    ///
    /// - Returns: Whether it was; if not, `errno` says why.
    public static func write(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                descriptor,
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[rest.startIndex...]).baseAddress,
                rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Writes a line.
    @discardableResult
    public static func line(_ text: String, to descriptor: Int32) -> Bool {
        var line = text + "\n"
        return line.withUTF8 { write($0, to: descriptor) }
    }
}
