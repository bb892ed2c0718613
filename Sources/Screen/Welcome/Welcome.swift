public import Wire

/// What the page of an empty chat says besides the chat itself. The program collects it from this machine's disk.
public struct Welcome: Hashable, Sendable {
    /// A chat that was used before.
    public struct Recent: Hashable, Sendable {
        /// The title; a placeholder when nothing was asked.
        public var title: String
        /// Its folder.
        public var folder: String
        /// When it was last used, in milliseconds since 1970.
        public var usedAt: Timestamp

        /// Creates a line of the page.
        public init(title: String, folder: String, usedAt: Timestamp) {
            self.title = title
            self.folder = folder
            self.usedAt = usedAt
        }
    }

    /// How many recent chats are shown at most.
    public static let recentMaximum = 3

    /// The chat's folder; `nil` when it is on another machine.
    public var folder: FolderFacts?
    /// The last chats, most recent first, at most ``recentMaximum``.
    public var recent: [Recent]
    /// The well-known agents that are installed on this machine, by name, as `belay agents add` takes them; `nil` when
    /// the server is on another machine, where its owner adds agents.
    public var installed: [String]?

    /// Creates the contents of the page.
    public init(folder: FolderFacts? = nil, recent: [Recent] = [], installed: [String]? = nil) {
        self.folder = folder
        self.recent = recent
        self.installed = installed
    }

    /// The same with texts that are safe to paint.
    var sanitized: Welcome {
        var welcome = self
        welcome.recent = recent.prefix(Welcome.recentMaximum).map {
            Recent(title: $0.title.label, folder: $0.folder.label, usedAt: $0.usedAt)
        }
        welcome.installed = installed?.map(\.label)
        return welcome
    }
}

extension Model {
    /// The agent that comes with the server. It searches files, and is no language model.
    static let librarian = "librarian"

    /// Whether the page of an empty chat is shown: until the first message, whatever notices there are.
    var isWelcoming: Bool {
        guard welcome != nil, picker == nil, transcript.older == .end, transcript.newer == .end,
            transcript.tail.isEmpty
        else { return false }
        return transcript.blocks.allSatisfy { if case .line = $0.body { true } else { false } }
    }

    /// Things to try here.
    var suggestions: Suggestions { Suggestions(for: welcome?.folder, isLibrarian: agent == Model.librarian) }

    /// Puts the next suggestion into the input, when nothing else was typed.
    ///
    /// - Returns: Whether there was one to put.
    mutating func suggest() -> Bool {
        guard isWelcoming else { return false }
        let texts = suggestions.texts
        let present = editor.isEmpty ? -1 : texts.firstIndex(of: editor.text)
        guard let present, !texts.isEmpty else { return false }
        editor.replace(with: texts[(present + 1) % texts.count])
        return true
    }
}
