import Logging
import Platform
import Transport

/// The listening sockets. A Unix domain socket whose file was removed is created again: a server runs for weeks, and
/// outlives runtime folders of logins and cleaners of temporary folders.
actor Sockets {
    private var listeners: [Listener]
    private let bind: @Sendable (Int) async throws(ListenError) -> Listener
    private let logger: Logger
    /// The sockets whose last attempt at being created again failed; logged only once each.
    private var lost: Set<Int> = []
    private var watch: Task<Void, Never>?

    /// How often the files are checked.
    private static let interval = Duration.seconds(1)

    /// Binds `count` sockets.
    ///
    /// - Parameters:
    ///   - isFolderLost: Whether the data folder is another server's by now, or gone; asked before a socket is created
    ///     again, since a server without its data must not take clients from another one.
    ///   - ended: Called once when it is; the sockets are closed by then.
    ///   - bind: Binds the socket with the given index.
    /// - Throws: The first ``ListenError``; sockets that were bound before are closed.
    init(
        _ count: Int, logger: Logger, isFolderLost: @escaping @Sendable () -> Bool,
        ended: @escaping @Sendable () -> Void,
        bind: @escaping @Sendable (Int) async throws(ListenError) -> Listener
    ) async throws(ListenError) {
        (self.bind, self.logger) = (bind, logger)
        listeners = []
        do throws(ListenError) {
            for number in 0..<count { listeners.append(try await bind(number)) }
        } catch {
            for listener in listeners { await listener.close() }
            throw error
        }
        watch = Task { [weak self] in
            while (try? await Task.sleep(for: Sockets.interval)) != nil {
                guard !isFolderLost() else {
                    await self?.close()
                    return ended()
                }
                await self?.look()
            }
        }
    }

    /// The bound ports, in order; `nil` for a Unix domain socket.
    var ports: [Int?] { listeners.map(\.port) }

    private func look() async {
        for number in listeners.indices {
            // While one is bound, all may be closed: then the server ends.
            guard listeners.indices.contains(number) else { return }
            guard !listeners[number].isInPlace else { continue }
            // The folder of a login goes at its end. If it cannot be made, binding says so.
            if let folder = listeners[number].folder { try? PrivateFolder.make(folder) }
            do {
                let listener = try await bind(number)
                guard listeners.indices.contains(number) else { return await listener.close() }
                let old = listeners[number]
                listeners[number] = listener
                await old.close()
                lost.remove(number)
                logger.notice("the file of a socket was removed, and has been created again")
            } catch  where lost.insert(number).inserted {
                logger.error(
                    "clients cannot reach the server at its socket any more", metadata: ["error": "\(error)"])
            } catch {}
        }
    }

    /// Stops listening; open connections stay open.
    func close() async {
        watch?.cancel()
        let closing = listeners
        listeners = []
        for listener in closing { await listener.close() }
    }
}
