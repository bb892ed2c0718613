import Glibc

/// The file mode creation mask (umask(2)): private for what this process makes, and as it was for what it runs on behalf
/// of its user.
public enum FileMask {
    private static let previous = Locked<UInt32?>(nil)

    /// From now on files of this process can be used by its user alone.
    public static func makePrivate() {
        let mask = umask(0o077)
        previous.withLock { $0 = $0 ?? mask }
    }

    /// The mask that this process was started with.
    public static var inherited: UInt32 {
        previous.withLock { previous in
            if let previous { return previous }
            let mask = umask(0o077)
            umask(mask)
            return mask
        }
    }
}
