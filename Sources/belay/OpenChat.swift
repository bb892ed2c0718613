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
    /// The connections of chats that were left before the server had what was sent in them, oldest first.
    private var sending: [Sending] = []

    /// A chat that was left, until the server has what was sent in it.
    private struct Sending {
        var key: String
        var clientID: ClientID
        weak var client: ChatClient?
    }

    /// The most chats that go on sending. The prompts of an earlier one wait until it is opened again.
    private static let sendingMaximum = 8

    /// The instances that were taken besides the place's own: a chat that goes on sending keeps its client identifier.
    private var instances: [KeptInstance] = []

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

    /// Opens another chat in place of this one, whose running turn goes on at the server, and which is still sent what
    /// was written in it.
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
        leave()
        // Without one the chat that was left stops, and sends what waits when it is opened again.
        next.clientID = (try? freeClientID()) ?? kept.place.client.clientID
        (store, configuration) = (opened, next)
        surroundings = ChatSurroundings(next, home: home)
    }

    /// Connects, unless it has expired.
    ///
    /// - Parameter queue: Where its events go; those of an earlier chat are dropped from now on.
    func connect(_ queue: EventQueue) throws {
        client = nil
        let number = queue.beginChat()
        stopSending(store.key)
        guard !store.isExpired else { return }
        let client = try ChatClient.make(store, configuration) { queue.push($0, of: number) }
        self.client = client
        client.post(.begin)
    }

    /// Lets the connection go on until the server has what was sent.
    private func leave() {
        sending.removeAll { $0.client == nil }
        guard let client else { return }
        client.post(.endWhenSent)
        sending.append(Sending(key: store.key, clientID: configuration.clientID, client: client))
        if sending.count > OpenChat.sendingMaximum { sending.removeFirst().client?.post(.end) }
    }

    /// A client identifier by which no chat goes on sending.
    private func freeClientID() throws -> ClientID {
        let known = [kept.place.client.clientID] + instances.map(\.clientID)
        if let free = known.first(where: { id in !sending.contains { $0.clientID == id } }) { return free }
        let instance = try kept.place.takeInstance()
        instances.append(instance)
        return instance.clientID
    }

    /// Ends the connection of a chat that was left: it is opened again, or deleted.
    func stopSending(_ key: String) {
        for earlier in sending where earlier.key == key { earlier.client?.post(.end) }
    }

    /// The keys of chats that were left and may still have something to send.
    var unsent: [String] { sending.filter { $0.client != nil }.map(\.key) }

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
