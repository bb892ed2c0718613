import Glibc

/// Checks that what a program is given as text is UTF-8.
///
/// A file system's names are bytes, and Swift's strings are not: a name that is not UTF-8 would be repaired when it is
/// read, and then name another file. Such a name is refused before anything is done with it.
public enum ProgramText {
    /// Where the text stands that is not UTF-8.
    public enum Place: Hashable, Sendable {
        /// An argument, by its number; the first one is 1.
        case argument(Int)
        /// An environment variable.
        case variable(String)
        /// The path of the current folder.
        case currentFolder

        /// Whether it is an argument, which is a matter of usage; the others are the program's surroundings.
        public var isArgument: Bool { if case .argument = self { true } else { false } }

        /// One sentence for the user.
        public var description: String {
            switch self {
            case .argument(let number): "argument \(number) is not UTF-8: rename the file, or name another"
            case .variable(let name): "the environment variable \(name) is not UTF-8: set it to another path"
            case .currentFolder: "the path of the current folder is not UTF-8: rename the folder, or change to another"
            }
        }
    }

    /// The variables that are read as paths, addresses or settings; others may hold what they like.
    static func isRead(_ name: String) -> Bool {
        ["HOME", "TMPDIR", "LANG", "TERM"].contains(name)
            || ["XDG_", "BELAY_", "SSL_CERT_", "LC_"].contains { name.hasPrefix($0) }
            || name.lowercased().hasSuffix("_proxy")
    }

    /// The first place that is not UTF-8; `nil` when there is none.
    public static var invalid: Place? {
        let arguments = CommandLine.unsafeArgv
        for number in 1..<max(1, Int(CommandLine.argc)) {
            if let argument = arguments[number], String(validatingCString: argument) == nil { return .argument(number) }
        }
        if let name = invalidVariable(in: environ) { return .variable(name) }
        guard let folder = getcwd(nil, 0) else { return nil }
        defer { free(folder) }
        return String(validatingCString: folder) == nil ? .currentFolder : nil
    }

    /// The name of the first variable that is read and is not UTF-8.
    static func invalidVariable(in environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> String? {
        var next = environment
        while let entry = next.pointee {
            next += 1
            guard String(validatingCString: entry) == nil else { continue }
            let name = String(cString: entry).prefix { $0 != "=" }
            if isRead(String(name)) { return String(name) }
        }
        return nil
    }
}
