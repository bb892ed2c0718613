public import Foundation

/// The processes of this machine.
public enum ProcessTable {
    /// The processes with a variable in their environment, `NAME=VALUE`: what a test began is told apart by it, whatever
    /// that began itself.
    public static func processes(with variable: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { process in
            let words = FileManager.default.contents(atPath: "/proc/\(process)/environ")?.split(separator: 0)
            return words?.contains { $0.elementsEqual(variable.utf8) } ?? false
        }
    }
}
