import Logging
import Transport

/// The sockets that are listened on. One whose file was removed is made again: a server that goes on for weeks outlives
/// folders of logins and whoever tidies up.
actor Sockets {
    private var listeners: [Listener]
    private let bind: @Sendable (Int) async throws(ListenError) -> Listener
    private let logger: Logger
    /// The sockets that could not be made again when it was last tried.
    private var lost: Set<Int> = []
    private var watch: Task<Void, Never>?

    /// How often it is looked whether they are in their places.
    private static let interval = Duration.seconds(1)

    /// Listens on so many sockets.
    ///
    /// - Parameter bind: Makes one of them, by its number.
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

    /// The ports, in order; `nil` for a Unix domain socket.
    var ports: [Int?] { listeners.map(\.port) }

    private func look() async {
        for number in listeners.indices where !listeners[number].isInPlace {
            do {
                // In this order: whoever closes a socket takes the file of its name away.
                await listeners[number].close()
                listeners[number] = try await bind(number)
                lost.remove(number)
                logger.notice("a socket was removed, and is there again")
            } catch  where lost.insert(number).inserted {
                logger.error("a socket was removed, and cannot be made again", metadata: ["error": "\(error)"])
            } catch {}
        }
    }

    /// Listens no more; connections that are open stay open.
    func close() async {
        watch?.cancel()
        for listener in listeners { await listener.close() }
        listeners = []
    }
}
