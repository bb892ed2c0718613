import Glibc

/// The names of this process's environment variables.
public enum EnvironmentNames {
    /// Removes what is this product's own from the environment of a command (``GuardedCommand/environment``).
    public static var withoutOwn: [String: String?] {
        let own = current.filter { $0.hasPrefix("BELAY_") }
        return Dictionary(own.map { ($0, String?.none) }) { first, _ in first }
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
