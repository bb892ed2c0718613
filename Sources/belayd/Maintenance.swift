import Glibc
import Logging
import Platform
import Server
import ServiceLifecycle
import UnixSignals

/// Runs beside the server: rotates the log, and on SIGHUP reopens it and reloads the configuration and the certificate.
struct Maintenance: Service {
    let log: BoundedLog?
    let logger: Logger
    /// Reloads the configuration and the certificate; called on SIGHUP.
    let reload: @Sendable () async -> Void

    /// How often the length of the log file is checked.
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
        do { try body() } catch {
            logger.error("the log file could not be rotated or reopened", metadata: ["error": "\(error)"])
        }
    }
}
