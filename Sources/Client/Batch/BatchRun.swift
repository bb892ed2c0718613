import Glibc
import Mirror
public import NIOCore
public import NIOPosix
import Platform
import Sync
import SystemPackage
import Wire

/// Sends prompts one after another, follows each to the end of its turn, and reports the result.
public actor BatchRun {
    /// How a run ended.
    public enum Ending: Hashable, Sendable {
        /// The process exits with this code.
        case exit(BatchExit)
        /// The process ends itself with this signal.
        case signal(Int32)
    }

    private enum Input: Sendable {
        case client(ClientEvent)
        case signal(Int32)
        case tick
    }

    private let options: BatchOptions
    private let prompts: [String]
    private let store: ChatStore
    private let inputs: AsyncStream<Input>
    private let continuation: AsyncStream<Input>.Continuation
    private var client: ChatClient?
    private var output: BatchOutput

    private var collector: TurnCollector?
    /// Entries of this run, kept so that a prompt's first entries are not missed while it is still being queued.
    private var backlog: [Entry] = []
    /// What was written of the present prompt's turn: the number of steps, and bytes of the answer.
    private var written = (steps: 0, bytes: 0)
    /// Steps seen since the turn was last read from its beginning.
    private var stepsSeen = 0
    private var refusal: String?
    /// Whether the present prompt was sent, so that the server may have it.
    private var wasSent = false
    private var status: ConnectionStatus?
    private var hasBeenLive = false
    private var begunAt = ClientClock.now
    private var offlineSince: Instant?
    /// Since when the server has not accepted the present prompt although it is connected.
    private var heldSince: Instant?
    private var interruptedAt: Instant?
    private var lastText = ""
    /// The last complete answer; a partial one never replaces a file.
    private var lastAnswer: String?
    private var turns = 0

    /// How long a turn may take to end after it was cancelled by SIGINT.
    private static let interruptPatience = Duration.seconds(2)

    /// Creates a run; it sends nothing before `run`.
    public init(_ options: BatchOptions, prompts: [String], store: ChatStore, output: BatchOutput? = nil) {
        self.options = options
        self.prompts = prompts
        self.store = store
        self.output = output ?? BatchOutput(options)
        (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
    }

    /// Runs until all prompts are done, one fails, or a signal ends the run.
    ///
    /// - Parameters:
    ///   - configuration: The chat's connection settings.
    ///   - loop: The event loop to run on; by default one that the process shares.
    public func run(
        _ configuration: ChatClient.Configuration,
        on loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    ) async -> Ending {
        let continuation = continuation
        // An answer is written whole, so the client is current only when everything was fetched, without a gap.
        var configuration = configuration
        configuration.window = nil
        let client: ChatClient
        do {
            client = try ChatClient(store, configuration, on: loop) { continuation.yield(.client($0)) }
        } catch {
            return finish(.ioError, "\(error)")
        }
        self.client = client
        let ticks = loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
            continuation.yield(.tick)
        }
        let signals = Task { for await number in BatchSignals.stream() { continuation.yield(.signal(number)) } }
        begunAt = ClientClock.now
        offlineSince = begunAt
        await client.start()
        let ending = await sendAll()
        signals.cancel()
        ticks.cancel()
        await client.quit()
        return ending
    }

    private func sendAll() async -> Ending {
        var iterator = inputs.makeAsyncIterator()
        var worst = BatchExit.ok
        for prompt in prompts {
            do {
                guard let client else { return finish(.software, "belay could not create its client: report this bug") }
                let id = try await client.send(prompt)
                collector = TurnCollector(prompt: id)
                (written, stepsSeen, refusal, heldSince, wasSent) = ((0, 0), 0, nil, nil, false)
                let early = backlog
                take(early)
            } catch let error as ClientError {
                return finish(.dataError, "\(error)")
            } catch {
                return finish(.ioError, "\(error)")
            }
            while collector?.outcome == nil {
                guard let input = await iterator.next() else { return finish(.software, "the chat ended unexpectedly") }
                if let ending = await handle(input) { return ending }
                if refusal != nil { break }
                if output.failure != nil { return finish(.ioError, nil, isDetached: true) }
            }
            let exit = promptExit()
            if worst == .ok { worst = exit }
            if exit != .ok, !options.keepsGoing { break }
            turns += 1
        }
        if let file = options.outputFile, let answer = lastAnswer {
            do { try WholeFile.replace(file, with: answer) } catch { return finish(.cannotCreate, "\(error)") }
        }
        return finish(worst, refusal)
    }

    private func promptExit() -> BatchExit {
        if refusal != nil { return .unavailable }
        lastText = collector?.text ?? ""
        guard collector?.outcome == .stopped(.endTurn) else { return .unfinished }
        lastAnswer = lastText
        return .ok
    }

    private func handle(_ input: Input) async -> Ending? {
        switch input {
        case .client(let event): return await handle(event)
        case .tick: return checkTime()
        case .signal(let number): return await handle(signal: number)
        }
    }

    private func handle(_ event: ClientEvent) async -> Ending? {
        switch event {
        case .status(let status): await changed(to: status)
        case .entries(let entries): take(entries)
        case .replaced(let session): reread(session)
        case .outbox(let items):
            for item in items where item.id == collector?.prompt {
                wasSent = wasSent || item.wasSent || item.state == .sent
                guard case .refused(let reason) = item.state, refusal == nil else { continue }
                refusal = reason
                // Without a user who could take it back, it must not go out with the next run of this chat.
                client?.post(.takeBack(item.id))
            }
        case .adopted, .ended, .filled: break
        case .notSent(_, let reason): refusal = reason
        case .expired:
            let old = store.session.flatMap { options.resume.text(for: $0.rawValue) }
            let hint = old.map { "; `\($0)` shows the old one" } ?? ""
            output.say("the session had expired; belay continues in a new, empty one\(hint)", verbosity: 0)
        case .notice(let text): output.say(text, verbosity: 0)
        case .stopped(let cause):
            if case .unknownSession = cause, let prompts = try? store.forget() {
                for prompt in prompts { output.say("this prompt was not sent: \(prompt)", verbosity: 0) }
            }
            let exit: BatchExit =
                switch cause {
                case .quit: .software
                case .notAllowed: .noPermission
                case .unknownSession: .noUser
                case .superseded: .unavailable
                case .protocolBroken: .protocolError
                case .misconfigured: .configuration
                }
            return finish(exit, cause.message)
        }
        return nil
    }

    private func changed(to status: ConnectionStatus) async {
        defer { self.status = status }
        guard case .live = status.state else {
            if offlineSince == nil {
                offlineSince = ClientClock.now
                output.lost(status.lastFailure ?? "the connection ended")
            } else if !hasBeenLive, let failure = status.lastFailure, failure != self.status?.lastFailure {
                output.say("not connected: \(failure); retrying")
            }
            return
        }
        if let failure = status.lastFailure, failure != self.status?.lastFailure {
            output.say(failure)
            heldSince = heldSince ?? ClientClock.now
        }
        guard offlineSince != nil else { return }
        offlineSince = nil
        if !hasBeenLive, let session = await client?.session {
            hasBeenLive = true
            output.opened(session, resumed: store.chat.session != nil, connect: ClientClock.now - begunAt)
        } else if let resume = status.resumes.last {
            output.resumed(resume)
        }
    }

    private func take(_ entries: [Entry]) {
        if collector == nil {
            backlog += entries
            return
        }
        for entry in entries {
            let steps = collector?.apply(entry) ?? []
            guard let collector else { continue }
            for step in steps { write(step, collector, entry) }
        }
        backlog = []
    }

    /// Writes a step unless it was written before: after a snapshot the turn is read again, and its text may then be
    /// split differently.
    private func write(_ step: TurnCollector.Step, _ collector: TurnCollector, _ entry: Entry) {
        if case .delta = step {
            let text = collector.text.utf8
            guard text.count > written.bytes else { return }
            let more = String(decoding: text.dropFirst(written.bytes), as: UTF8.self)
            written.bytes = text.count
            output.step(.delta(more), collector, entry)
        } else {
            stepsSeen += 1
            guard stepsSeen > written.steps else { return }
            written.steps = stepsSeen
            output.step(step, collector, entry)
        }
    }

    /// The mirror was replaced by a snapshot: follows the prompt through the new copy.
    private func reread(_ session: SessionID) {
        guard let prompt = collector?.prompt,
            let page = try? store.page(of: session, limit: 10_000)
        else { return }
        stepsSeen = 0
        collector = TurnCollector(prompt: prompt)
        take(page.entries)
    }

    private func checkTime() -> Ending? {
        let now = ClientClock.now
        if let interruptedAt, now - interruptedAt >= BatchRun.interruptPatience { return interrupted() }
        if let timeout = options.timeout, now - begunAt >= timeout {
            BatchSignals.timeoutIsReported()
            let why = status?.state == .live ? "" : lastFailure
            return finish(
                .temporaryFailure, "the time-out (--timeout) has passed\(why); \(collectHint)", isDetached: true)
        }
        if let maximum = options.offlineMaximum, let since = heldSince, collector?.turn == nil, now - since >= maximum {
            return finish(
                .unavailable, "\(status?.lastFailure ?? "the server does not accept the prompt"); \(collectHint)",
                isDetached: true)
        }
        if let maximum = options.offlineMaximum, let since = offlineSince, now - since >= maximum,
            status?.state != .live, maximum > .zero || hasFailed
        {
            return finish(
                .temporaryFailure,
                "no connection\(maximum > .zero ? " for \(maximum.milliseconds / 1_000) s" : "")\(lastFailure);"
                    + " \(collectHint)",
                isDetached: true)
        }
        return nil
    }

    /// With `--max-offline 0` the first failure ends the run.
    private var hasFailed: Bool { status?.lastFailure != nil }

    /// Why there is no connection, in parentheses; empty when it is not known.
    private var lastFailure: String { status?.lastFailure.map { " (\($0))" } ?? "" }

    private var collectHint: String {
        let command = options.resume.text(for: store.chat.session?.rawValue ?? store.chat.key)
        return "the prompt is safe" + (command.map { ", and `\($0)` resumes it" } ?? "")
    }

    private func handle(signal number: Int32) async -> Ending? {
        guard number == SIGINT else {
            // SIGHUP and SIGTERM, as at the end of a login: a turn goes on at the server.
            let ending =
                wasSent || collector?.turn != nil
                ? "the turn goes on at the server" : "belay was ended before the prompt was sent\(lastFailure)"
            _ = finish(.temporaryFailure, "\(ending); \(collectHint)", isDetached: true)
            return .signal(number)
        }
        if interruptedAt != nil { return .signal(number) }
        interruptedAt = ClientClock.now
        guard let prompt = collector?.prompt, await client?.cancel(prompt) ?? true else { return nil }
        return interrupted()
    }

    private func interrupted() -> Ending {
        _ = finish(.unfinished, "interrupted")
        return .signal(SIGINT)
    }

    private func finish(_ exit: BatchExit, _ error: String?, isDetached: Bool = false) -> Ending {
        output.finish(exit, error: error, text: lastText, turns: turns, isDetached: isDetached)
        if interruptedAt != nil { return .signal(SIGINT) }
        guard let failure = output.failure else { return .exit(exit) }
        // EPIPE is how a reader such as head(1) says that it has enough. Any other error is an answer that is lost.
        if failure.code == .brokenPipe { return .signal(SIGPIPE) }
        output.say("\(failure)", verbosity: 0)
        return .exit(.ioError)
    }
}
