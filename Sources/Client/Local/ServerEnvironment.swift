/// What the private server gets of the environment that it is started in.
///
/// It goes on for weeks, can be asked to read files, and writes a log; the shell that happened to start it may hold the
/// keys of half a company. So what it gets is named here, and nothing else is passed on.
public enum ServerEnvironment {
    /// The variables that are passed on, besides those that begin with `LC_`.
    public static let names: Set<String> = [
        // Who and where this user is.
        "HOME", "USER", "LOGNAME", "PATH", "TMPDIR",
        "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME",
        // How this user reads.
        "LANG", "TZ",
        // Whom this user trusts.
        "SSL_CERT_FILE", "SSL_CERT_DIR",
        // How a test stops the server, and how it ends when it crashes.
        "BELAY_FAILPOINT", "SWIFT_BACKTRACE",
    ]

    /// What is passed on of an environment.
    public static func passed(of environment: [String: String]) -> [String: String] {
        environment.filter { names.contains($0.key) || $0.key.hasPrefix("LC_") }
    }
}
