import Client
import Glibc
import Platform
import Screen
import Sync
import SystemPackage
import Terminal
import Wire

/// `belay --line`: the chat as plain lines, over a terminal or pipes. One thread sleeps until a line or an event comes.
final class LineCommand {
    private let chat: OpenChat
    private let loop: LineLoop
    private let queue: EventQueue
    private var view: LineView
    private var store: ChatStore { chat.store }
    private var client: ChatClient? { chat.client }
    private var surroundings: ChatSurroundings { chat.surroundings }
    private var isLeaving = false
    private var hasEnded = false
    /// Whether the input is over: then belay leaves as soon as everything that was asked has its answer.
    private var isInputOver = false

    init(place: consuming Place, environment: [String: String]) throws {
        chat = try OpenChat(place, home: environment["HOME"])
        let wakeup = try Wakeup()
        loop = LineLoop(input: STDIN_FILENO, wakeup: wakeup, takesInterrupts: isatty(STDIN_FILENO) == 1)
        queue = EventQueue(wakeup: wakeup)
        view = LineView(zone: LocalTime.zone(until: ClientClock.wall), echoesPrompts: isatty(STDIN_FILENO) == 0)
    }

    func run() throws {
        show(store)
        try connect()
        while !isLeaving {
            for event in loop.next() {
                switch event {
                case .line(let line): print(view.type(line, now: ClientClock.now, wallClock: ClientClock.wall))
                case .interrupted: print(view.interrupt(now: ClientClock.now))
                case .woken: drain()
                case .ended: isInputOver = true
                }
            }
            if isInputOver, isatty(STDIN_FILENO) == 1 || isDone { isLeaving = true }
        }
        leave()
    }

    /// Whether nothing is left to wait for. Without a client nothing more will come.
    private var isDone: Bool { client == nil || view.unansweredCount == 0 && !view.isWorking }

    private func connect() throws {
        try chat.connect(queue)
        if store.isExpired {
            for notice in store.notices { apply(.notice(notice)) }
        }
        apply(.next(try? store.next()?.key))
        if let notice = chat.linkNotice { apply(.notice(notice)) }
    }

    /// Shows a chat from the disk.
    private func show(_ store: ChatStore) {
        let folder = store.directory
        apply(.opened(title: store.title, folder: surroundings.shown(folder), agent: store.agent ?? ""))
        if store.isEmpty, !store.isExpired { apply(.welcome(surroundings.welcome(to: store))) }
        if let title = store.copied { apply(.copies(title)) }
        apply(.replaced(store.firstPage.entries, hasMore: store.firstPage.hasMore))
        for intent in Intent.all(of: store.firstPage.facts, answers: store.firstPage.answers) { apply(intent) }
        if !store.draft.isEmpty { apply(.notice("not sent yet: \(store.draft)")) }
    }

    private func apply(_ intent: Intent) {
        print(view.take(intent, now: ClientClock.now, wallClock: ClientClock.wall))
    }

    private func print(_ result: LineView.Result) {
        for line in result.lines { Output.line(line, to: .standardOutput) }
        for command in result.commands { perform(command) }
    }

    private func perform(_ command: Command) {
        switch command {
        case .send(let text) where store.isExpired:
            view.notSent()
            apply(.notice("not sent: this session has expired; /new starts a new one: \(text)"))
        case .send(let text): client?.post(.send(text))
        case .cancelTurn: client?.post(.cancelTurn)
        case .answer(let question, let answer): client?.post(.answer(question, answer))
        case .set(let setting): client?.post(.set(setting))
        case .reconnect: client?.post(.hurry)
        case .takeBack(let id): client?.post(.reclaim(id))
        case .newSession(let agent): change(to: .new, agent: agent ?? store.agent)
        case .forkSession(let key, let title): change(to: .fork(of: .named(key ?? store.key), title: title))
        case .listSessions: listSessions()
        case .openSession(let key): change(to: .named(key))
        case .quit: isLeaving = true
        case .renameSession, .exportSession, .deleteSession, .find, .useTheme, .write, .copy:
            apply(.notice("this needs the screen: start belay without --line"))
        // Nothing is scrolled, painted or edited here.
        default: break
        }
    }

    /// Switches to another chat; a running turn goes on at the server.
    private func change(to selection: ChatStore.Selection, agent: String? = nil) {
        do {
            try chat.change(to: selection, agent: agent)
            show(store)
            try connect()
        } catch {
            apply(.notice("the chat could not be opened: \(error)"))
        }
    }

    private func listSessions() {
        do {
            apply(.sessions(try store.everywhere().map { surroundings.item(of: $0, beside: store) }))
        } catch {
            apply(.notice("belay cannot read the list of chats: \(error)"))
        }
    }

    private func drain() {
        let (events, isOverrun) = queue.take()
        for event in events { handle(event) }
        if isOverrun { readAgain() }
    }

    private func handle(_ event: ClientEvent) {
        switch event {
        case .status(let status): apply(.connection(status))
        case .path(let path): apply(.path(NetworkPath(interface: path.interface, address: path.address)))
        case .entries(let entries): apply(.entries(entries))
        case .filled, .titled, .files, .sessions, .listed, .found: break
        case .settled(let setting, .failure(let error)):
            apply(.notice("\(setting) was not changed: \(error.message)"))
        // Only editors offer to do something for agents.
        case .settled(_, .success), .called, .callCancelled: break
        case .tookBack(let text): apply(.notice("taken back: \(text)"))
        case .replaced: readAgain()
        case .outbox(let items): apply(.outbox(items))
        case .expired(let expiry):
            apply(.replaced([], hasMore: false))
            for intent in Intent.all(of: SessionState(), answers: [:]) { apply(intent) }
            apply(.notice("the session expired, since no client reconnected in time; this is a new, empty session"))
            chat.move(to: expiry.successorID)
        case .adopted(let session): chat.move(to: session)
        case .ended: hasEnded = true
        case .notice(let text): apply(.notice(text))
        case .notSent(let text, let reason):
            view.notSent()
            apply(.notice("not sent: \(reason): \(text)"))
        case .stopped(let cause):
            if cause != .quit { apply(.notice(cause.message)) }
            // Nothing more comes, so that a script must not wait for it.
            if isInputOver { chat.disconnect() }
        }
    }

    private func readAgain() {
        do {
            let page = try store.page()
            apply(.replaced(page.entries, hasMore: page.hasMore))
            for intent in Intent.all(of: try store.facts(), answers: try store.answers()) { apply(intent) }
        } catch StoreError.corrupt {
            client?.post(.copyIsDamaged)
        } catch {
            apply(.notice("belay cannot read the local copy of the session: \(error)"))
        }
    }

    /// Ends the chat, waits for what is being written, and says how to come back.
    private func leave() {
        hasEnded = client == nil
        client?.post(.end)
        let timeout = ClientClock.now + .seconds(2)
        while !hasEnded, ClientClock.now < timeout {
            _ = loop.next(timeout: 100)
            drain()
        }
        let name = (try? store.listed()).map { $0?.session?.rawValue ?? $0?.key } ?? store.session?.rawValue
        if let command = name.flatMap({ chat.resume.text(for: $0) }) {
            Output.line("resume with: \(command)", to: .standardOutput)
        }
    }
}
