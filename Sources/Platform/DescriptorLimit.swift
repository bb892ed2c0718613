import Glibc

/// The limit on open files of this process (RLIMIT_NOFILE).
public enum DescriptorLimit {
    /// How many descriptors a program of this project needs at least: databases, standard streams and connections, and
    /// those of one event loop for each processor.
    public static var minimum: Int { max(32, 20 + 4 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Raises the soft limit to the hard one: the usual 1024 is for programs that call select(2).
    ///
    /// - Returns: The limit that is in force now.
    @discardableResult
    public static func raise() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return minimum }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
