import Platform

/// An instance: a number that distinguishes processes of one installation, because the server identifies clients by it
/// and would otherwise take one for a reconnection of another. A restarted process gets the lowest free number again.
///
/// It is held by a lock on a file, which the system releases when the process ends, however it ends.
public struct ClientInstance: ~Copyable, Sendable {
    /// The most processes of one installation at a time.
    public static let maximum = 256

    /// The number, from 0.
    public let number: Int
    private let lock: FileLock

    /// Takes the first free instance.
    ///
    /// An instance whose file cannot be used, such as one that is a directory, is passed over.
    ///
    /// - Throws: ``ClientError/folder(_:)`` when no instance's file can be used, because the folder cannot be written
    ///   or its file system has no locks, or when all ``maximum`` instances are taken.
    public init(folder: String) throws(ClientError) {
        let instances = folder + "/seats"
        try Folders.make(instances)
        var failure: SystemError?
        var held = 0
        for number in 0..<ClientInstance.maximum {
            let attempt: FileLock.Attempt
            do { attempt = try FileLock.attempt("\(instances)/\(number)") } catch {
                failure = failure ?? error
                continue
            }
            switch attempt {
            case .taken(let lock):
                self.number = number
                self.lock = lock
                return
            case .held: held += 1
            }
        }
        if held == 0, let failure { throw .folder("\(failure)") }
        throw .folder("\(ClientInstance.maximum) belay processes run already: end some of them")
    }
}
