import Glibc

/// What a server keeps of the environment it was started in.
///
/// A private server is started from somebody's shell and outlives it for weeks. Whatever that shell had exported, the
/// keys of clouds and registries among it, is nothing to a server, and would be there for whoever reads its memory.
public enum Surroundings {
    private static let names: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "BELAY_FAILPOINT", "SWIFT_BACKTRACE",
        "NOTIFY_SOCKET",
    ]
    private static let prefixes = ["LC_", "XDG_", "SSL_CERT_", "LISTEN_"]

    /// Whether a server keeps a variable.
    public static func isKept(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    /// Takes everything else out of the environment, and overwrites it where it stood: the system shows the memory that
    /// the process began with as /proc/PID/environ.
    ///
    /// It has to come before the first other thread, since any of them may read the environment.
    ///
    /// - Parameter besides: Further names that are kept: an agent whose key is in a variable names it here.
    public static func strip(besides: Set<String> = []) {
        var dropped: [UnsafeMutablePointer<CChar>] = []
        var entry = environ
        while let text = entry.pointee {
            let length = strlen(text)
            let name = UnsafeBufferPointer(start: text, count: length).prefix { $0 != CChar(bitPattern: 0x3D) }
            let word = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if !isKept(word), !besides.contains(word) { dropped.append(text) }
            entry += 1
        }
        for text in dropped {
            let name = UnsafeBufferPointer(start: text, count: strlen(text)).prefix { $0 != CChar(bitPattern: 0x3D) }
            unsetenv(Array(name) + [0])
            memset(text, 0, strlen(text))
        }
    }
}
