import CProcess
import Glibc

/// What a server gives up before it does anything: it needs none of it, and whoever takes it over should not have it.
public enum Hardening {
    /// Gives it up. It has to be called on the first thread, before there is another: threads inherit it and do not
    /// share it. What the system refuses is left as it is; a sandbox around the server may have done it already.
    public static func begin() {
        // Files and sockets are made for this user alone, from the first on.
        umask(0o077)
        Surroundings.strip()
        _ = system_give_up_new_privileges()
        _ = system_hide_memory()
        // A core file would hold tokens and chats.
        var none = rlimit()
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        raiseDescriptorLimit()
    }

    /// Each connection is a descriptor, and the usual soft limit of 1024 is for programs that call select(2).
    private static func raiseDescriptorLimit() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
    }
}
