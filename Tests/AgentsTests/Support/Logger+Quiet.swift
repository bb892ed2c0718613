import Logging

extension Logger {
    /// Says nothing: what a test wants to know it asks for.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
