import Glibc

/// A place at this installation: programs that run side by side have different ones, so that the server does not
/// take one for the other; a program that is started again gets the one it had.
///
/// It is a lock on a file, which the system releases when its holder dies, however it dies.
public struct Seat: ~Copyable, Sendable {
    /// The most programs of one installation at a time.
    public static let maximum = 256

    /// Which place.
    public let number: Int
    private let descriptor: Int32

    /// Takes the first free place.
    ///
    /// - Throws: ``ClientError/folder(_:)`` when the folder cannot be written, or all places are taken.
    public init(folder: String) throws(ClientError) {
        let seats = folder + "/seats"
        try Folders.make(seats)
        for number in 0..<Seat.maximum {
            let descriptor = open("\(seats)/\(number)", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw .folder("cannot write to \(seats): \(String(cString: strerror(errno)))")
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                self.number = number
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
        throw .folder("\(Seat.maximum) belay programs run already: end some")
    }

    deinit { close(descriptor) }
}
