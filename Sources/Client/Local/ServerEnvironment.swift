/// The environment variables that the private server inherits.
///
/// It runs for weeks, reads files on request, and writes a log, while the shell that happened to start it may hold many
/// secrets. So this is an allow-list, and nothing else is passed on.
public enum ServerEnvironment {
    /// The variables that are passed on, in addition to those that begin with `LC_`.
    public static let names: Set<String> = [
        // The user, and where files are.
        "HOME", "USER", "LOGNAME", "PATH", "TMPDIR",
        "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME",
        // Language and time zone.
        "LANG", "TZ",
        // Trusted certificate authorities.
        "SSL_CERT_FILE", "SSL_CERT_DIR",
        // For tests: fail points, and backtraces of crashes.
        "BELAY_FAILPOINT", "SWIFT_BACKTRACE",
    ]

    /// The part of an environment that is passed on.
    public static func passed(of environment: [String: String]) -> [String: String] {
        environment.filter { names.contains($0.key) || $0.key.hasPrefix("LC_") }
    }
}
