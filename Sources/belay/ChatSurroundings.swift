import Client
import Glibc
import Platform
import Screen
import Transport
import Wire

/// What this machine knows around a chat: its folder, the chats before it, and the agents that are installed.
struct ChatSurroundings {
    /// Whether the server is on this machine, so that a chat's folder and programs can be looked at.
    private let isHere: Bool
    private let home: String?
    /// Where the token comes from; empty when none is needed.
    let token: String

    init(_ client: ChatClient.Configuration, home: String?) {
        // A loopback address may be the end of a tunnel; a socket is of this machine.
        let isSocket = if case .unix = client.endpoint.address { true } else { false }
        token = client.tokens?.origin ?? ""
        isHere = client.privateServer != nil || isSocket
        self.home = home.flatMap { $0.hasPrefix("/") && $0.count > 1 ? $0 : nil }
    }

    /// A folder as users write it, with `~` for their home.
    func shown(_ folder: String) -> String {
        guard isHere, let home else { return folder }
        if folder == home { return "~" }
        return folder.hasPrefix(home + "/") ? "~" + folder.dropFirst(home.count) : folder
    }

    /// A path as users write it, relative to the current folder or with `~` for their home.
    func path(of name: String) -> String {
        guard let home, name.hasPrefix("~/") else { return name }
        return home + name.dropFirst()
    }

    /// The branch that is checked out in a folder; empty when none is, or the folder is on another machine.
    func branch(of folder: String) -> String { isHere ? GitHead(above: folder)?.branch ?? "" : "" }

    /// A chat as the list beside another one shows it.
    func item(of chat: ChatList.Item, beside store: ChatStore) -> SessionItem {
        SessionItem(
            key: chat.key, session: chat.session, title: chat.title, folder: shown(chat.directory),
            agent: chat.agentName ?? "",
            server: chat.server == store.listedServer ? nil : chat.server ?? "the private server",
            usedAt: chat.usedAt, isCurrent: chat.key == store.key, isExpired: chat.isExpired, waiting: chat.waiting)
    }

    /// What the page of an empty chat says. What cannot be read is left out: the page is a help and no report.
    func welcome(to store: ChatStore) -> Welcome {
        let recent = ((try? store.recent(Welcome.recentMaximum)) ?? []).map { chat in
            Welcome.Recent(
                title: chat.title ?? SessionItem.untitled, folder: shown(chat.directory), usedAt: chat.usedAt)
        }
        guard isHere else { return Welcome(recent: recent) }
        return Welcome(
            folder: FolderFacts(at: store.directory), recent: recent,
            installed: AgentProgram.all.filter { ProgramSearch.path(of: $0.words[0]) != nil }.map(\.name))
    }
}

extension FolderFacts {
    /// Looks at a folder of this machine; the names alone, and only so many that it takes no time.
    init(at path: String) {
        self.init()
        if let folder = opendir(path) {
            defer { closedir(folder) }
            while names.count < FolderFacts.namesMaximum, let entry = readdir(folder) {
                names.insert(
                    withUnsafePointer(to: &entry.pointee.d_name) { name in
                        name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                    })
            }
            names.subtract([".", ".."])
        }
        guard let head = GitHead(above: path) else { return }
        (isRepository, branch) = (true, head.branch)
    }
}

/// The HEAD of the git repository that a folder is in.
struct GitHead {
    /// How many folders are looked at, upwards.
    private static let heightMaximum = 32
    /// The longest HEAD and `.git` file, in bytes.
    private static let bytesMaximum = 8 << 10

    /// The branch that is checked out; `nil` for a commit.
    let branch: String?

    init?(above path: String) {
        var parts = path.split(separator: "/")
        for _ in 0..<GitHead.heightMaximum {
            let folder = "/" + parts.joined(separator: "/")
            if let head = GitHead.read("\(folder)/.git/HEAD") ?? GitHead.linked(from: folder) {
                let prefix = "ref: refs/heads/"
                branch = head.hasPrefix(prefix) ? String(head.dropFirst(prefix.count)) : nil
                return
            }
            guard !parts.isEmpty else { return nil }
            parts.removeLast()
        }
        return nil
    }

    /// The HEAD of a worktree, whose `.git` is a file that names its folder.
    private static func linked(from folder: String) -> String? {
        guard let link = read("\(folder)/.git"), link.hasPrefix("gitdir: ") else { return nil }
        let target = link.dropFirst("gitdir: ".count)
        return read((target.hasPrefix("/") ? String(target) : "\(folder)/\(target)") + "/HEAD")
    }

    private static func read(_ path: String) -> String? {
        (try? WholeFile.text(path, atMost: bytesMaximum, isRegular: true))?.trimmed
    }
}
