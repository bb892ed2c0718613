import Client
import Glibc
import Platform
import Screen
import Sync
import SystemPackage
import Terminal
import Wire

/// The interactive screen: one thread that sleeps until a key, an event or a deadline, updates the model and paints.
final class ScreenCommand {
    private let editor: TextEditor
    let search: ChatSearch
    let lister: ChatLister
    let chat: OpenChat
    private let terminal: Terminal
    private let loop: Loop
    let queue: EventQueue
    /// Watches the files of the theme.
    let files = FileWatch()
    var theme: ThemeSource
    private let clipboard: Clipboard
    private let notification: NotificationWay?
    private(set) var model: Model
    /// The chats that were left, as they were on the screen.
    var left = LeftChats()
    var store: ChatStore { chat.store }
    var client: ChatClient? { chat.client }
    var surroundings: ChatSurroundings { chat.surroundings }
    /// Whether the list that is shown has a title of the chat.
    var isTitled = false
    private var isLeaving = false
    private var hasEnded = false
    /// SIGINT, SIGTERM or SIGHUP, when one of them asked the program to end.
    private var endedBy: Int32?
    private var lastPaint: Instant?
    private var isDirty = true
    private var resumesSeen = 0
    private var failureShown: String?

    /// The shortest time between two frames while text streams in; keys are painted at once.
    private static let frameInterval = Duration.milliseconds(33)

    init(place: consuming Place, themeFile: String?, environment: [String: String]) throws {
        var theme = ThemeSource(place, file: themeFile, environment: environment)
        editor = TextEditor(environment: environment, folder: place.folders.state)
        let settings = place.configuration.screen
        chat = try OpenChat(place, home: environment["HOME"], followsSessions: true)
        try Terminal.awaitForeground(STDOUT_FILENO)
        // Right before the first thread: what was read until here may block, and can be ended by a signal.
        Loop.blockSignals()
        search = ChatSearch(folder: chat.stateFolder)
        lister = ChatLister()
        terminal = try Terminal(input: STDIN_FILENO, output: STDOUT_FILENO, environment: environment)
        let wakeup = try Wakeup()
        loop = try Loop(terminal: terminal, wakeup: wakeup, files: files)
        queue = EventQueue(wakeup: wakeup)
        model = Model(
            theme: try theme.begin(depth: terminal.colorDepth),
            glyphs: terminal.usesASCII || settings.glyphs == .ascii ? .ascii : .unicode,
            size: terminal.size, zone: LocalTime.zone(until: ClientClock.wall))
        model.hasHints = settings.hasHints ?? chat.store.isNewUser(now: ClientClock.wall)
        model.hasMotion = settings.motion == .full
        clipboard = Clipboard(environment: environment)
        notification = NotificationWay(settings.notification, environment: environment)
        model.themeNames = theme.library.names
        self.theme = theme
        files.watch(theme.folders)
    }

    func run() throws {
        show(store)
        paint()
        try connect()
        listChats()
        while !isLeaving {
            for event in loop.next(timeout: timeout()) { handle(event) }
            drain()
            if isDirty, timeUntilPaint() <= .zero { paint() }
        }
        leave()
        if let endedBy { ProcessSignals.die(of: endedBy) }
    }

    private func connect() throws {
        try chat.connect(queue)
        if store.isExpired {
            for notice in store.notices { apply(.notice(notice)) }
            var status = ConnectionStatus(state: .stopped("this session has expired"))
            status.isOver = true
            apply(.connection(status))
        }
        apply(.next(try? store.next()?.key))
        if let notice = chat.linkNotice { apply(.notice(notice)) }
    }

    /// Shows a chat from the disk.
    private func show(_ store: ChatStore) {
        let folder = store.directory
        apply(.opened(title: store.title, folder: surroundings.shown(folder), agent: store.agent ?? ""))
        apply(.surroundings(branch: surroundings.branch(of: folder), token: surroundings.token))
        if store.isEmpty, !store.isExpired { apply(.welcome(surroundings.welcome(to: store))) }
        if let title = store.copied { apply(.copies(title)) }
        apply(.replaced(store.firstPage.entries, hasMore: store.firstPage.hasMore))
        for intent in Intent.all(of: store.firstPage.facts, answers: store.firstPage.answers) { apply(intent) }
        if !store.draft.isEmpty { apply(.draft(store.draft)) }
    }

    func apply(_ intent: Intent) {
        isDirty = true
        for command in update(&model, intent, now: ClientClock.now, wallClock: ClientClock.wall) { perform(command) }
    }

    private func perform(_ command: Command) {
        switch command {
        case .send(let text) where store.isExpired:
            apply(.draft(text))
            apply(.notice("not sent: this session has expired; /new starts a new one"))
        case .send(let text): client?.post(.send(text))
        case .cancelTurn: client?.post(.cancelTurn)
        case .set(let setting): client?.post(.set(setting))
        case .answer(let question, let answer): client?.post(.answer(question, answer))
        case .reconnect: client?.post(.hurry)
        case .quit: isLeaving = true
        case .suspend(let draft):
            // Every thread stops, and so does the one that would write it a little later.
            attempt("save the draft") { try store.saveDraft(draft) }
            terminal.suspend()
            apply(.resized(terminal.size))
        case .redraw: terminal.redraw()
        case .loadOlder(let before):
            page { store in
                let page = try store.page(before: before)
                if page.entries.isEmpty, page.hasMore { self.client?.post(.readOn(before: before)) }
                return [.older(page.entries, hasMore: page.hasMore)]
            }
        case .loadNewer(let after): page { [.newer(try $0.page(after: after))] }
        case .saveDraft(let text): client?.post(.saveDraft(text))
        case .takeBack(let id): client?.post(.reclaim(id))
        case .listPrompts: listPrompts()
        case .listFiles: client?.post(.listFiles)
        case .editExternally(let text): edit(text)
        case .newSession(let agent): change(to: .new, agent: agent ?? store.agent)
        case .forkSession(let key, let title): change(to: .fork(of: .named(key ?? store.key), title: title))
        case .listSessions: listSessions()
        case .listChats: listChats()
        case .askForNews: client?.post(.ask(.list))
        case .previewSession(let key): preview(key)
        case .renameSession(let key, let title): rename(key, title)
        case .deleteSession(let key): delete(key)
        case .exportSession(let key, let format): export(key, format)
        case .find(let words, let isHere): find(words, isHere: isHere)
        case .openFound(let key, let seq): if change(to: .named(key)) { apply(.jump(seq)) }
        case .openSession(let key): change(to: .named(key))
        case .copy(let text): apply(.copied(by: clipboard.copy(text, on: terminal)))
        case .notify(let text): terminal.notify(text, by: notification)
        case .useTheme(let name): useTheme(name)
        case .write(let text, let what, let path): write(text, what: what, to: path)
        }
    }

    private func page(_ read: (ChatStore) throws -> [Intent]) {
        do { for intent in try read(store) { apply(intent) } } catch StoreError.corrupt {
            client?.post(.copyIsDamaged)
        } catch {
            apply(.notice("belay cannot read the local copy of the session: \(error)"))
        }
    }

    /// Switches to another chat; a running turn goes on at the server. One that was left a short while ago is shown as it
    /// was.
    ///
    /// - Returns: Whether it is on the screen now.
    @discardableResult
    private func change(to selection: ChatStore.Selection, agent: String? = nil) -> Bool {
        do {
            // Who goes to a chat that is there knows how to come back.
            let last: String? = if case .named = selection { nil } else { parting }
            let (key, epoch) = (store.key, try? store.position()?.epoch)
            try chat.change(to: selection, agent: agent)
            left.keep(model, as: key, epoch: epoch)
            resumesSeen = 0
            if !putBack() { show(store) }
            if let last { apply(.notice("\(last); ^S lists it")) }
            try connect()
            listChats()
            return true
        } catch {
            apply(.notice("the chat could not be opened: \(error)"))
            return false
        }
    }

    /// Shows a chat as it was left, with what has come into the mirror since.
    private func putBack() -> Bool {
        let position = try? store.position()
        let (now, wallClock) = (ClientClock.now, ClientClock.wall)
        guard left.putBack(store.key, epoch: position?.epoch, on: &model, now: now, wallClock: wallClock) else {
            return false
        }
        // What is more than a page begins as it would anywhere.
        guard let missed = try? store.page(after: model.newestSeen),
            missed.last?.seq ?? model.newestSeen >= position?.seq ?? 0
        else {
            show(store)
            return true
        }
        apply(.surroundings(branch: surroundings.branch(of: store.directory), token: surroundings.token))
        apply(.missed(missed))
        for intent in Intent.all(of: store.firstPage.facts, answers: store.firstPage.answers) { apply(intent) }
        return true
    }

    /// The notice about the chat that is left; `nil` when it is empty, so that there is nothing to return to.
    private var parting: String? {
        guard let item = try? store.listed() else { return nil }
        let missing = item.session != nil ? nil : "not created at the server yet"
        let title = item.title.map { "“\($0)”" } ?? "a chat"
        return Printable.line(
            (["left \(title)"] + [missing, waiting(in: item)].compactMap(\.self)).joined(separator: ", "))
    }

    private func listPrompts() {
        do {
            let (ofChat, everywhere) = try store.prompts()
            apply(.prompts(ofChat: ofChat, everywhere: everywhere))
        } catch {
            apply(.notice("belay cannot read what was sent earlier: \(error)"))
        }
    }

    private func edit(_ text: String) {
        do throws(TextEditor.Failure) {
            let edited = try terminal.lend { () throws(TextEditor.Failure) in try editor.edit(text) }
            apply(.edited(edited))
        } catch {
            apply(.notice("the text stays as it was: \(error.description)"))
        }
        apply(.resized(terminal.size))
    }

    private func handle(_ event: Event) {
        switch event {
        case .keys(let keys):
            for key in keys { apply(.key(key)) }
            // A key is painted in the next frame, whatever else is happening.
            lastPaint = nil
        case .pasteCut(let bytes): apply(.notice("the paste was too long: its last \(bytes) bytes were dropped"))
        case .resized(let size): apply(.resized(size))
        case .background(let color): adopt(background: color)
        case .glyphs(let set): apply(.glyphs(set))
        case .filesChanged(let names): readTheme(changed: names)
        case .woken: break
        case .signal(let number): (isLeaving, endedBy) = (true, number)
        case .closed: isLeaving = true
        case .timedOut: apply(.tick)
        }
    }

    private func drain() {
        let (events, isOverrun) = queue.take()
        for event in events { handle(event) }
        if isOverrun { readAgain() }
    }

    private func handle(_ event: ClientEvent) {
        switch event {
        case .status(let status): take(status)
        case .entries(let entries): apply(.entries(entries))
        case .filled: apply(.filled)
        case .titled: listChats()
        case .path(let path): apply(.path(NetworkPath(interface: path.interface, address: path.address)))
        case .replaced: readAgain()
        case .outbox(let items):
            apply(.outbox(items))
            titleMayBeNew()
        case .expired(let expiry):
            let old = store.session.map { " \($0)" } ?? ""
            apply(.replaced([], hasMore: false))
            for intent in Intent.all(of: SessionState(), answers: [:]) { apply(intent) }
            apply(
                .notice(
                    "the session\(old) expired at \(LocalTime.text(expiry.at)), since no client reconnected in time;"
                        + " this is a new, empty session, and /sessions lists the old one"))
            chat.move(to: expiry.successorID)
        case .adopted(let session):
            chat.move(to: session)
            listChats()
        case .ended: hasEnded = true
        case .sessions(let answer): take(answer)
        case .listed(let chats): show(chats)
        case .found(let query, let found, let isComplete):
            show(found, for: query, isComplete: isComplete)
            // Whoever has typed the words waits for it, as for the key itself.
            lastPaint = nil
        case .tookBack(let text): apply(.tookBack(text))
        case .files(let paths): apply(.files(paths))
        case .notice(let text): apply(.notice(text))
        case .settled(let setting, .failure(let error)):
            apply(.notice("\(setting) was not changed: \(error.message)"))
        // Only editors offer to do something for agents.
        case .settled(_, .success), .called, .callCancelled: break
        case .notSent(let text, let reason):
            apply(.draft(text))
            apply(.notice("not sent: \(reason)"))
        case .stopped(let cause):
            if case .unknownSession = cause, let prompts = try? store.forget(), !prompts.isEmpty {
                apply(.outbox([]))
                apply(.draft(prompts.joined(separator: "\n")))
            }
            if cause != .quit { apply(.notice(cause.message)) }
        }
    }

    private func take(_ status: ConnectionStatus) {
        apply(.connection(status))
        if case .live = status.state, let failure = status.lastFailure, failure != failureShown {
            apply(.notice(failure))
        }
        failureShown = status.lastFailure
        guard let resume = status.resumes.last, case .live = status.state else { return }
        guard resume.number > resumesSeen else { return }
        resumesSeen = resume.number
        let now = ClientClock.wall
        let lost = now - resume.offline.milliseconds
        apply(
            .notice(
                "connection lost \(LocalTime.text(lost)) · resumed \(LocalTime.text(now)) · 0 events missed"))
    }

    private func readAgain() {
        page { store in
            let page = try store.page()
            return [.replaced(page.entries, hasMore: page.hasMore)]
        }
        page { store in Intent.all(of: try store.facts(), answers: try store.answers()) }
    }

    private func timeout() -> Duration? {
        let tick = model.nextTick(after: ClientClock.now).map { max($0 - ClientClock.now, .zero) }
        return isDirty ? min(timeUntilPaint(), tick ?? .seconds(3_600)) : tick
    }

    private func timeUntilPaint() -> Duration {
        lastPaint.map { max(.zero, $0 + ScreenCommand.frameInterval - ClientClock.now) } ?? .zero
    }

    private func paint() {
        let now = ClientClock.now
        terminal.paint(view(model, now: now, wallClock: ClientClock.wall))
        terminal.setTitle(model.windowTitle)
        lastPaint = now
        isDirty = false
        // The paint of a resume is over now, and the panel says in the next frame how long it took.
        if model.awaitsPaint { apply(.painted) }
    }

    /// Gives the terminal back, and prints the conversation that was in view and the command that resumes the chat.
    private func leave() {
        // Who closes the window, or ends the program, reads nothing any more.
        let closing = endedBy == nil ? model.closingText(now: ClientClock.now, wallClock: ClientClock.wall) : []
        terminal.restore()
        for line in closing { Output.line(line, to: .standardOutput) }
        // A chat that was left before this one has ended, too.
        hasEnded = false
        client?.post(.end)
        // Writes in progress are waited for, with a time-out: a disk that hangs must not keep the user waiting.
        let timeout = ClientClock.now + .seconds(2)
        while client != nil, !hasEnded, ClientClock.now < timeout {
            _ = loop.next(timeout: .milliseconds(100))
            drain()
        }
        let item = try? store.listed()
        let parts = [item?.title.map { "Left “\($0)”." }, item.flatMap(waiting).map { "\($0)." }].compactMap(\.self)
        if !parts.isEmpty { Output.line(parts.joined(separator: " "), to: .standardOutput) }
        for line in waitingElsewhere { Output.line(line, to: .standardOutput) }
        // A chat that is empty is in no list, and can be resumed by its session's name all the same.
        let name = item.map { $0.session?.rawValue ?? $0.key } ?? store.session?.rawValue
        if let command = name.flatMap({ chat.resume.text(for: $0) }) {
            Output.line("Resume with: \(command)", to: .standardOutput)
        }
    }
}
