public import Foundation

/// How often threads went to sleep, as the kernel counts it (`voluntary_ctxt_switches` of proc_pid_status(5)).
///
/// What waits by trying again tells nobody that it waits; but it sleeps between two attempts, and that can be counted.
public enum SleepCount {
    /// The calling thread, for ``of(thread:)``.
    public static var thread: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? ""
    }

    /// How often a thread went to sleep; 0 when it has ended.
    ///
    /// - Parameter thread: The value of ``thread``, read on that thread.
    public static func of(thread: String) -> Int {
        let status = FileManager.default.contents(atPath: "/proc/\(thread)/status") ?? Data()
        let count = String(decoding: status, as: UTF8.self).firstMatch(of: /\nvoluntary_ctxt_switches:\s*(\d+)/)
        return count.flatMap { Int($0.output.1) } ?? 0
    }

    /// How often the threads of a process went to sleep; 0 when it has ended.
    public static func of(process: pid_t) -> Int {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return threads.reduce(0) { $0 + of(thread: "\(process)/task/\($1)") }
    }
}
