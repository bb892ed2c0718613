import Glibc

/// Which environment variables a server keeps.
///
/// A private server is started from a shell and outlives it for weeks. What that shell had exported, such as keys of
/// clouds and registries, is of no use to the server, and could be read from its memory.
public enum Surroundings {
    private static let names: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "BELAY_FAILPOINT", "SWIFT_BACKTRACE",
        "NOTIFY_SOCKET",
    ]
    private static let prefixes = ["LC_", "XDG_", "SSL_CERT_", "LISTEN_"]

    /// Whether a server keeps the variable of that name.
    public static func isKept(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    /// Removes all other variables, and overwrites them in place: /proc/PID/environ shows the memory in which the
    /// process received them, whatever unsetenv(3) does.
    ///
    /// Has to be called before there is a second thread, since any thread may read the environment.
    ///
    /// - Parameter besides: Further names to keep, such as the variable that holds an agent's API key.
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
