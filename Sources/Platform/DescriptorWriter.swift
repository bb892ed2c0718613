import Glibc
public import SystemPackage

extension FileDescriptor {
    /// Writes all bytes, waiting with poll(2) where the descriptor is non-blocking.
    ///
    /// - Throws: ``SystemError`` when the rest cannot be written; `.brokenPipe` when the reader has closed its end.
    public func writeFully(_ bytes: UnsafeRawBufferPointer, named name: String) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                continue
            }
            switch Errno.last {
            case .interrupted: continue
            case .wouldBlock:
                var ready = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            case let code: throw SystemError("write to \(name)", code)
            }
        }
    }

    /// Writes a short text if that does not block: for a process that ends in any case. A pipe that is ready takes
    /// PIPE_BUF bytes, so the text must not be longer. Errors are ignored.
    public func writeIfReady(_ text: String) {
        var ready = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        guard poll(&ready, 1, 0) == 1, ready.revents & Int16(POLLOUT) != 0 else { return }
        _ = Array(text.utf8.prefix(Int(PIPE_BUF))).withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
    }

    /// Writes a text as UTF-8.
    ///
    /// - Throws: As ``writeFully(_:named:)-(UnsafeRawBufferPointer,_)`` does.
    public func writeFully(_ text: String, named name: String) throws(SystemError) {
        var text = text
        let result = text.withUTF8 { bytes -> Result<Void, SystemError> in
            do throws(SystemError) {
                return .success(try writeFully(UnsafeRawBufferPointer(bytes), named: name))
            } catch { return .failure(error) }
        }
        try result.get()
    }
}
