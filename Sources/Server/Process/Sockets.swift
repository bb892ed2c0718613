import Logging
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

    /// How often the socket files are checked.
    private static let interval = Duration.seconds(1)

    /// Binds `count` sockets.
    ///
    /// - Parameter bind: Binds the socket with the given index.
    /// - Throws: The first ``ListenError``; sockets that were bound before are closed.
    init(
        _ count: Int, logger: Logger, bind: @escaping @Sendable (Int) async throws(ListenError) -> Listener
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
            while (try? await Task.sleep(for: Sockets.interval)) != nil { await self?.look() }
        }
    }

    /// The bound ports, in order; `nil` for a Unix domain socket.
    var ports: [Int?] { listeners.map(\.port) }

    private func look() async {
        for number in listeners.indices where !listeners[number].isInPlace {
            do {
                // Close first: closing a Unix domain socket unlinks its path, and would remove the new one.
                await listeners[number].close()
                listeners[number] = try await bind(number)
                lost.remove(number)
                logger.notice("the file of a socket was removed, and has been created again")
            } catch  where lost.insert(number).inserted {
                logger.error("the file of a socket was removed, and cannot be created", metadata: ["error": "\(error)"])
            } catch {}
        }
    }

    /// Stops listening; open connections stay open.
    func close() async {
        watch?.cancel()
        for listener in listeners { await listener.close() }
        listeners = []
    }
}
