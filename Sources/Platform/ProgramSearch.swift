import Glibc

/// Where a program is, as execvp(3) finds it.
public enum ProgramSearch {
    /// The path of a program: the name itself when it has a slash, else the first one in PATH that can be executed.
    public static func path(of name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/bin:/usr/bin"
        return folders.split(separator: ":", omittingEmptySubsequences: false).lazy
            .map { $0.isEmpty ? "./\(name)" : "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
