import CProcess
import Glibc
import Platform

/// The privileges that the server drops at its start, so that an attacker who takes it over does not have them.
public enum Hardening {
    /// Drops them. Has to be called on the first thread, before there is another, since threads inherit these settings
    /// but do not share them. Calls that the system refuses are ignored: a sandbox may have made them already.
    public static func begin() {
        // From the start, so that no file or socket is ever open to other users.
        FileMask.makePrivate()
        Surroundings.strip()
        _ = system_give_up_new_privileges()
        _ = system_hide_memory()
        // A core file would hold tokens and chats.
        var none = rlimit()
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        DescriptorLimit.raise()
        raiseLimits()
        // A write beyond the limit of a file's length fails with EFBIG, as on a full disk, and ends nothing.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Raises soft limits to the hard ones: the server outlives the shell that started it, whose soft limits were meant
    /// for what that shell was doing.
    private static func raiseLimits() {
        for kind in [RLIMIT_CPU, RLIMIT_FSIZE] {
            let resource = __rlimit_resource_t(kind.rawValue)
            var limit = rlimit()
            guard getrlimit(resource, &limit) == 0 else { continue }
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(resource, &limit)
        }
    }
}
