import Platform

/// A place at this installation: programs that run side by side have different ones, so that the server does not
/// take one for the other; a program that is started again gets the one it had.
///
/// It is a lock on a file, which the system releases when its holder dies, however it dies.
public struct Seat: ~Copyable, Sendable {
    /// The most programs of one installation at a time.
    public static let maximum = 256

    /// Which place.
    public let number: Int
    private let lock: FileLock

    /// Takes the first free place.
    ///
    /// - Throws: ``ClientError/folder(_:)`` when the folder cannot be written, its file system has no locks, or all places
    ///   are taken.
    public init(folder: String) throws(ClientError) {
        let seats = folder + "/seats"
        try Folders.make(seats)
        for number in 0..<Seat.maximum {
            let attempt: FileLock.Attempt
            do { attempt = try FileLock.attempt("\(seats)/\(number)") } catch { throw .folder("\(error)") }
            switch attempt {
            case .taken(let lock):
                self.number = number
                self.lock = lock
                return
            case .held: continue
            }
        }
        throw .folder("\(Seat.maximum) belay programs run already: end some")
    }
}
