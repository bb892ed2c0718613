import Glibc

/// The names of this process's environment variables.
public enum EnvironmentNames {
    /// Removes what is this product's own from the environment of a command (``GuardedCommand/environment``).
    ///
    /// - Parameter others: Variables that are removed as well.
    public static func withoutOwn(and others: Set<String> = []) -> [String: String?] {
        let removed = others.union(current.filter { $0.hasPrefix("BELAY_") })
        return Dictionary(uniqueKeysWithValues: removed.map { ($0, nil) })
    }

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
