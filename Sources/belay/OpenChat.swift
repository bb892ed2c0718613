import Client
import Platform
import Screen
import Wire

/// The chat that is open, and the way to another one: of this folder or another, at this server or another. Screen and
/// line mode open chats here alone.
final class OpenChat {
    private let kept: KeptPlace
    private let home: String?
    private let followsSessions: Bool
    /// The chat on the disk.
    private(set) var store: ChatStore
    /// The settings of the connection to its server.
    private(set) var configuration: ChatClient.Configuration
    /// What this machine knows around it.
    private(set) var surroundings: ChatSurroundings
    /// Its connection; `nil` for a chat that has expired.
    private(set) var client: ChatClient?

    /// - Parameter followsSessions: Whether it is told what goes on in other chats.
    init(_ place: consuming Place, home: String?, followsSessions: Bool = false) throws {
        store = try place.open(place.selection)
        configuration = place.client
        configuration.followsSessions = followsSessions
        self.followsSessions = followsSessions
        surroundings = ChatSurroundings(place.client, home: home)
        self.home = home
        kept = KeptPlace(place)
    }

    /// The command line that resumes it.
    var resume: ResumeCommand { kept.place.resume(at: configuration) }

    /// The folder of this user's state.
    var stateFolder: String { kept.place.folders.state }

    /// Opens another chat in place of this one, whose running turn goes on at the server.
    ///
    /// - Parameter agent: The agent of a new chat.
    /// - Throws: Why it could not be opened; then this one stays open.
    func change(to selection: ChatStore.Selection, agent: String? = nil) throws {
        let server = try selection.key.flatMap { try store.server(ofChat: $0) }
        var next = configuration
        if let server, server != next.server {
            next = try kept.place.connection(to: server)
            next.followsSessions = followsSessions
        }
        let opened = try kept.place.open(selection, at: next, in: store.directory, agent: agent)
        end()
        (store, configuration) = (opened, next)
        surroundings = ChatSurroundings(next, home: home)
    }

    /// Connects, unless it has expired.
    ///
    /// - Parameter queue: Where its events go; those of an earlier chat are dropped from now on.
    func connect(_ queue: EventQueue) throws {
        client = nil
        let number = queue.beginChat()
        guard !store.isExpired else { return }
        let client = try ChatClient.make(store, configuration) { queue.push($0, of: number) }
        self.client = client
        client.post(.begin)
    }

    /// Ends the connection. What is being written is written.
    func end() { client?.post(.end) }

    /// Forgets the connection, which says nothing any more.
    func disconnect() { client = nil }

    /// The server has another session for the chat.
    func move(to session: SessionID) { store = store.moved(to: session) }

    /// What a user is told of a chat that has expired, or continues one that has.
    var linkNotice: String? {
        if store.isExpired {
            guard let next = try? store.next() else {
                return "this session has expired: its transcript can be read, and /new starts a new one"
            }
            return "this session has expired, and continues in \(OpenChat.name(next)): Enter or /resume goes there"
        }
        return (try? store.previous()).map {
            "this chat continues \(OpenChat.name($0)), which has expired; ^S lists it"
        }
    }

    private static func name(_ chat: ChatList.Item) -> String {
        Printable.line(chat.title.map { "“\($0)”" } ?? "a chat in which nothing was asked yet")
    }
}

extension ChatStore.Selection {
    /// The key or session that is named, also by a fork of it.
    fileprivate var key: String? {
        switch self {
        case .named(let key): key
        case .fork(let source, _): source.key
        case .last, .lastOfScreen, .new: nil
        }
    }
}
