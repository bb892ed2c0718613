/// What is in the folder of a chat, as far as the page of an empty chat needs it.
public struct FolderFacts: Hashable, Sendable {
    /// The most names that are looked at: in a folder of a million files the first ones will do.
    public static let namesMaximum = 512

    /// The names of files and folders in it, at most ``namesMaximum``.
    public var names: Set<String>
    /// Whether it is in a git repository.
    public var isRepository: Bool
    /// The branch that is checked out; `nil` when there is none.
    public var branch: String?

    /// Creates facts; by default those of an empty folder.
    public init(names: Set<String> = [], isRepository: Bool = false, branch: String? = nil) {
        self.names = names
        self.isRepository = isRepository
        self.branch = branch
    }
}

/// Things to try in a folder: only what it has, so that none of them disappoints.
struct Suggestions: Hashable, Sendable {
    /// How many there are at most.
    static let maximum = 3

    let texts: [String]

    /// - Parameters:
    ///   - folder: The folder; `nil` when it is on another machine and nothing is known of it.
    ///   - isLibrarian: Whether the agent only finds and quotes, and does nothing.
    init(for folder: FolderFacts?, isLibrarian: Bool) {
        let found = folder.map { isLibrarian ? Suggestions.toFind(in: $0) : Suggestions.toDo(in: $0) } ?? []
        let always =
            isLibrarian
            ? ["list the files here", "What can you do?", "remember that I prefer short answers"]
            : ["What is in this folder?", "What can you do here?", "Which commands may you run without asking me?"]
        texts = Array((found + always).prefix(Suggestions.maximum))
    }

    /// What the librarian answers from the files themselves.
    private static func toFind(in folder: FolderFacts) -> [String] {
        [
            folder.first(of: readmes).map { "What is \($0) about?" },
            folder.manifest.map { "Where does \($0.name) name \($0.parts)?" },
            folder.first(of: sources).map { "list the files in \($0)" },
            folder.first(of: tests).map { "list the files in \($0)" },
            folder.first(of: changes).map { "What is new in \($0)?" },
        ].compactMap(\.self)
    }

    /// What an agent with tools does.
    private static func toDo(in folder: FolderFacts) -> [String] {
        [
            folder.first(of: tests) == nil ? nil : "Run the tests and explain what fails.",
            folder.review,
            folder.first(of: readmes).map { "Check \($0) against the code, and say what is out of date." },
            folder.manifest.map { "Explain \($0.parts) of \($0.name)." },
            folder.first(of: sources).map { "Explain how \($0) is organized." },
            folder.names.isEmpty ? "Start a project here, and ask me what it is for." : nil,
        ].compactMap(\.self)
    }

    fileprivate static let readmes = ["README.md", "README", "README.rst", "README.txt", "readme.md"]
    fileprivate static let changes = ["CHANGELOG.md", "CHANGELOG", "CHANGES", "NEWS"]
    fileprivate static let sources = ["Sources", "src", "lib", "app", "cmd", "docs"]
    fileprivate static let tests = ["Tests", "tests", "test", "spec", "__tests__"]
}

extension FolderFacts {
    /// The first of these names that is there. Only names that are known here are ever shown: a file's own name may
    /// look like anything.
    fileprivate func first(of candidates: [String]) -> String? { candidates.first(where: names.contains) }

    /// The file that describes the project, and what it has.
    fileprivate var manifest: (name: String, parts: String)? {
        let known = [
            ("Package.swift", "the targets"), ("Cargo.toml", "the dependencies"), ("package.json", "the scripts"),
            ("go.mod", "the dependencies"), ("pyproject.toml", "the dependencies"), ("CMakeLists.txt", "the targets"),
            ("Makefile", "the targets"), ("Dockerfile", "the stages"),
        ]
        return known.first { names.contains($0.0) }
    }

    /// A review of what is being worked on.
    fileprivate var review: String? {
        guard isRepository else { return nil }
        guard let branch = branch?.label, !branch.isEmpty, !["main", "master", "trunk"].contains(branch) else {
            return "What changed in the last ten commits?"
        }
        return "Review the branch \(branch)."
    }
}
