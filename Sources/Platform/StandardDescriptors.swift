import Glibc

/// The descriptors 0, 1 and 2: standard input, output and error.
public enum StandardDescriptors {
    /// Opens those of the three that are closed. Has to be called before any other file is opened: in a program that
    /// was started with `>&-`, the next file, such as a database, would get descriptor 1 and receive its output.
    ///
    /// The replacement fails as the closed descriptor would have: `/dev/null` opened for reading in place of an output,
    /// and for writing in place of the input.
    public static func secure() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // open(2) returns the lowest free number, which is this one: those below are open.
            _ = Glibc.open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// The open descriptors of this process, including inherited ones.
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
