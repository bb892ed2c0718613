import Glibc

/// The names of this process's environment variables.
public enum EnvironmentNames {
    /// All names, in the order of the environment.
    public static var current: [String] {
        var names: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            names.append(String(text.prefix { $0 != "=" }))
            next += 1
        }
        return names
    }
}
