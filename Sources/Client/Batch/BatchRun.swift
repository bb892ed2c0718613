import Mirror
public import NIOCore
public import NIOPosix
import Platform
import Sync
import SystemPackage
import Transport
import Wire

/// Sends prompts one after another, follows each to the end of its turn, and reports the result. ``BatchEngine``
/// decides; this actor does the I/O.
public actor BatchRun {
    /// How a run ended.
    public enum Ending: Hashable, Sendable {
        /// The process exits with this code.
        case exit(BatchExit)
        /// The process ends itself with this signal.
        case signal(Int32)
    }

    private let store: ChatStore
    private let inputs: AsyncStream<BatchEvent>
    private let continuation: AsyncStream<BatchEvent>.Continuation
    private var client: ChatClient?
    private var engine: BatchEngine
    private var output: BatchOutput
    /// The questions that the user is asked when the one before is answered.
    private var questions: ArraySlice<Question> = []
    private var isAsking = false

    /// The most entries of the mirror's copy that are read again for the present prompt.
    private static let entriesReread = 10_000

    /// Creates a run; it sends nothing before `run`. Its time begins now.
    public init(_ options: BatchOptions, prompts: [String], store: ChatStore, output: BatchOutput? = nil) {
        self.store = store
        self.output = output ?? BatchOutput(options)
        let chat = BatchEngine.Chat(key: store.chat.key, session: store.chat.session)
        engine = BatchEngine(options, prompts: prompts, chat: chat, at: ClientClock.now)
        (inputs, continuation) = AsyncStream.makeStream(of: BatchEvent.self)
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
            return await end(.failed(.ioError, "\(error)"))
        }
        self.client = client
        let ticks = loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
            continuation.yield(.tick)
        }
        let signals = Task { for await number in BatchSignals.stream() { continuation.yield(.signal(number)) } }
        await client.start()
        let ending = await follow()
        signals.cancel()
        ticks.cancel()
        await client.quit()
        return ending
    }

    private func follow() async -> Ending {
        if let ending = await handle(.began) { return ending }
        for await event in inputs {
            if let ending = await handle(event) { return ending }
        }
        return await end(.failed(.software, "the chat ended unexpectedly"))
    }

    /// Handles an event that ends the run.
    private func end(_ event: BatchEvent) async -> Ending { await handle(event) ?? .exit(.software) }

    /// Handles an event, and those with which its actions are answered.
    ///
    /// - Returns: How the run ended; `nil` when it goes on.
    private func handle(_ event: BatchEvent) async -> Ending? {
        if case .decided = event { isAsking = false }
        defer { askNext() }
        var next: BatchEvent? = event
        while let event = next {
            next = nil
            for action in engine.handle(event, at: ClientClock.now) {
                if case .end(let ending) = action { return ending }
                // The output has failed: the rest is not written any more, and a run that was about to end does so.
                if next != nil { guard case .finish = action else { continue } }
                next = await perform(action) ?? next
            }
        }
        return nil
    }

    /// Carries out an action.
    ///
    /// - Returns: The event with which it is answered.
    private func perform(_ action: BatchAction) async -> BatchEvent? {
        switch action {
        case .send(let prompt): return await send(prompt)
        case .cancel(let id): return .cancelled(isTakenBack: await client?.cancel(id) ?? true)
        case .answer(let question, let answer): client?.post(.answer(question, answer))
        case .ask(let question): questions.append(question)
        case .permission(let question, let isAllowed, let turn, let entry):
            return write { $0.permission(question, isAllowed: isAllowed, in: turn, entry) }
        case .takeBack(let id): client?.post(.takeBack(id))
        case .identify: return await client?.session.map { .identified($0) }
        case .reread(let session):
            return (try? store.page(of: session, limit: BatchRun.entriesReread, bytes: .max)).map {
                .reread($0.entries)
            }
        case .forget:
            for prompt in (try? store.forget()) ?? [] {
                output.say("this prompt was not sent: \(prompt)", verbosity: 0)
            }
        case .save(let answer, let file):
            do { try WholeFile.replace(file, with: answer) } catch { return .failed(.cannotCreate, "\(error)") }
            return .saved
        case .reportTimeout: BatchSignals.timeoutIsReported()
        case .say(let text, let verbosity): output.say(text, verbosity: verbosity)
        case .opened(let session, let resumed, let connect):
            return write { $0.opened(session, resumed: resumed, connect: connect) }
        case .lost(let reason): return write { $0.lost(reason) }
        case .resumed(let resume): return write { $0.resumed(resume) }
        case .step(let step, let prompt, let turn, let entry):
            return write { $0.step(step, of: prompt, in: turn, entry) }
        case .finish(let exit, let error, let text, let turns, let isDetached):
            output.finish(exit, error: error, text: text, turns: turns, isDetached: isDetached)
            return .finished(written)
        case .end: break
        }
        return nil
    }

    /// One after another, so that a line that is typed answers the question that was read.
    private func askNext() {
        guard !isAsking else { return }
        // Not what was answered elsewhere meanwhile.
        while let next = questions.popFirst() {
            guard engine.prompt?.asked[next.key] != nil else { continue }
            isAsking = true
            return ask(next)
        }
    }

    /// In a thread of its own: a person may take as long as they like.
    private func ask(_ question: Question) {
        let continuation = continuation
        let isAsked = DetachedThread.run {
            continuation.yield(.decided(question.key, isAllowed: BatchTerminal.isAllowed(question)))
        }
        if !isAsked { continuation.yield(.decided(question.key, isAllowed: false)) }
    }

    private func send(_ prompt: String) async -> BatchEvent {
        guard let client else { return .failed(.software, "belay could not create its client: report this bug") }
        do {
            return .queued(try await client.send(prompt))
        } catch let error as ClientError {
            return .failed(.dataError, "\(error)")
        } catch {
            return .failed(.ioError, "\(error)")
        }
    }

    /// Writes to the standard output; its first failure is an event.
    private func write(_ change: (inout BatchOutput) -> Void) -> BatchEvent? {
        let hadFailed = output.failure != nil
        change(&output)
        return !hadFailed && output.failure != nil ? .outputFailed : nil
    }

    private var written: BatchEvent.Written {
        guard let failure = output.failure else { return .whole }
        return failure.code == .brokenPipe ? .readerLeft : .failed("\(failure)")
    }
}
