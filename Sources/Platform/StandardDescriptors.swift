import Glibc

/// The descriptors 0, 1 and 2, which every program takes for its standard input and outputs.
public enum StandardDescriptors {
    /// Sees to it that the three are open, before anything else is: a program that was started without one
    /// (`>&-`) would give its number to the next file that it opens, a lock or a database, and write answers into that.
    ///
    /// What takes the place of a missing one refuses to be used, as the missing one would have: an output that cannot be
    /// written, an input that cannot be read.
    public static func secure() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one: those below are open.
            _ = Glibc.open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// The descriptors that this process has open, those that others left to it among them.
    public static var open: [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var descriptors: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name) { descriptors.append(descriptor) }
        }
        return descriptors
    }
}
