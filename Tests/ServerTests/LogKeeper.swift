import Logging
import Synchronization

/// Keeps what is logged, for tests that read it.
final class LogKeeper: Sendable {
    /// A line.
    struct Line: Sendable {
        var message: String
        var metadata: Logger.Metadata

        /// The message, and the variables in the order of their names.
        var text: String {
            let fields = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return ([message] + fields).joined(separator: " ")
        }
    }

    private struct Handler: LogHandler {
        let keeper: LogKeeper
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(message: "\(event.message)", metadata: event.metadata ?? [:])
            keeper.kept.withLock { $0.append(line) }
        }
    }

    private let kept = Mutex<[Line]>([])

    /// What was logged so far.
    var lines: [Line] { kept.withLock { $0 } }

    /// A logger whose lines are kept here.
    var logger: Logger { Logger(label: "test") { _ in Handler(keeper: self) } }
}
