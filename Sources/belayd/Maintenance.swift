import Glibc
import Logging
import Platform
import Server
import ServiceLifecycle
import UnixSignals

/// What is looked after beside the serving: the log, and the signal that says that files have changed.
struct Maintenance: Service {
    let log: BoundedLog?
    let logger: Logger
    /// Reads the configuration and the certificate again.
    let reload: @Sendable () async -> Void

    /// How often the log's length is looked at.
    private static let interval = Duration.seconds(10)

    func run() async throws {
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in hangups {
                        attempt { try log?.reopen() }
                        await reload()
                    }
                }
                group.addTask {
                    while (try? await Task.sleep(for: Maintenance.interval)) != nil { attempt { try log?.tidy() } }
                }
            }
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { logger.error("the log stays as it is", metadata: ["error": "\(error)"]) }
    }
}
