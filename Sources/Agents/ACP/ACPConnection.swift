import NIOCore
import Platform
import Wire

/// What receives the messages of an agent's process.
protocol ACPReceiver: Sendable {
    /// A notification. The next message is read when this returns, so that an agent that is too fast waits.
    func receive(_ method: String, _ params: JSON) async
    /// A request, in a task of its own.
    func answer(_ method: String, _ params: JSON) async throws(RPCError) -> JSON
    /// The process has ended. Nothing is received afterwards.
    ///
    /// - Parameter isClosing: Whether it was told to.
    func ended(_ exit: AgentExit, isClosing: Bool)
}

/// JSON-RPC with an agent's process, a message on each line (ACP, Transports).
///
/// Messages are handled in the order in which the agent wrote them: the answer to a request is handed out when all
/// notifications before it were received.
final class ACPConnection: Sendable {
    /// The longest message of an agent: as an entry with its stamp it still fits a frame that clients take, 16 MiB.
    private static let messageBytesMaximum = 12 << 20
    /// The most requests of the agent that may be open; one more is refused.
    private static let answersMaximum = 256
    /// The requests whose answers may be large.
    private static let withFile: Set<String> = [Method.readTextFile, Method.terminalOutput]
    /// How long a process may take to end when its standard input was closed, before it is told to.
    private static let farewell = Duration.milliseconds(300)

    fileprivate struct Request {
        var continuation: CheckedContinuation<JSON, any Error>
        /// Called with the result before the next message is read.
        var first: @Sendable (JSON) -> Void
    }

    fileprivate struct State {
        var requests: [Int64: Request] = [:]
        var lastID: Int64 = 0
        var answers: [RequestID: Task<Void, Never>] = [:]
        var errors = ErrorTail()
        /// Lines of the standard output that were no messages.
        var noise = 0
        var process: GuardedProcess?
        var isClosing = false
        /// Why nothing is sent any more.
        var failure: ACPFailure?
    }

    /// Given up at the end of the process, which owns the connection.
    private let receiver: Locked<(any ACPReceiver)?>
    private let state = Locked(State())
    private let outgoing: AsyncStream<[UInt8]>.Continuation
    private let lines: AsyncStream<[UInt8]>
    private let waiting = ACPOutgoing()
    /// Ends when too many bytes wait, or when nothing more is written.
    private let overruns: AsyncStream<Never>
    private let overrun: AsyncStream<Never>.Continuation
    private let running = Locked<Task<Void, Never>?>(nil)

    private init(_ receiver: any ACPReceiver) {
        self.receiver = Locked(receiver)
        (lines, outgoing) = AsyncStream.makeStream()
        (overruns, overrun) = AsyncStream.makeStream()
    }

    /// Starts a process, and the connection with it, which lasts until the process has ended.
    static func start(_ command: GuardedCommand, receiver: any ACPReceiver) -> ACPConnection {
        let connection = ACPConnection(receiver)
        connection.running.withLock { $0 = Task { await connection.run(command) } }
        return connection
    }

    // MARK: Sending

    /// Sends a request, and waits for its answer.
    ///
    /// - Parameters:
    ///   - sent: Called when the request is in its place in the order of what is sent.
    ///   - first: Called with the result before anything that the agent sent behind it is received.
    /// - Throws: The ``RPCError`` of the agent, ``ACPFailure`` when the process has ended, or `CancellationError`.
    func request(
        _ method: String, _ params: JSON, sent: @escaping @Sendable () -> Void = {},
        first: @escaping @Sendable (JSON) -> Void = { _ in }
    ) async throws -> JSON {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let failure = state.withLock { state -> (any Error)? in
                    if Task.isCancelled { return CancellationError() }
                    if let failure = state.failure { return failure }
                    state.requests[id] = Request(continuation: continuation, first: first)
                    send(.request(.number(id), method: method, params: params))
                    return nil
                }
                if let failure { return continuation.resume(throwing: failure) }
                sent()
            }
        } onCancel: {
            state.withLock { $0.requests.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Sends a notification; one to a process that has ended is dropped.
    func notify(_ method: String, _ params: JSON) { send(.notification(method: method, params: params)) }

    private func send(_ message: Message) {
        var buffer = message.encoded
        buffer.writeInteger(0x0A as UInt8)
        let line = [UInt8](buffer.readableBytesView)
        guard waiting.add(line.count) else { return overrun.finish() }
        outgoing.yield(line)
    }

    // MARK: The process

    private func run(_ command: GuardedCommand) async {
        let end: ProcessEnd?
        do { end = try await command.run { try await self.talk(to: $0) } } catch { end = nil }
        waiting.end()
        let tasks = state.withLock { Array($0.answers.values) }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        let (failure, requests, isClosing) = state.withLock { state in
            let failure = state.failure ?? .ended(state.exit(end))
            state.failure = failure
            defer { state.requests = [:] }
            return (failure, Array(state.requests.values), state.isClosing)
        }
        let receiver = self.receiver.withLock { receiver in
            defer { receiver = nil }
            return receiver
        }
        state.withLock { $0.process = nil }
        // The receiver first: whoever waits for an answer finds it told.
        receiver?.ended(failure.exit, isClosing: isClosing)
        for request in requests { request.continuation.resume(throwing: failure) }
    }

    private func talk(to process: GuardedProcess) async throws {
        let isClosing = state.withLock { state in
            state.process = process
            return state.isClosing
        }
        if isClosing { process.end() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A process that reads no more is about to end, which its output will tell.
                for await line in self.lines {
                    guard (try? await process.write(line)) != nil else { break }
                    self.waiting.remove(line.count)
                }
                await process.finishInput()
                self.overrun.finish()
            }
            group.addTask {
                for await _ in self.overruns {}
                let (bytes, isOver) = self.waiting.remains
                // It reads nothing: what it is told would be kept without end.
                if isOver { self.state.withLock { $0.failure = $0.failure ?? .deaf } }
                // One that has closed its input is of no use either; one that has ended is not harmed.
                if isOver || bytes > 0 { process.end() }
            }
            group.addTask {
                try await process.readErrors { bytes in self.state.withLock { $0.errors.add(bytes) } }
            }
            group.addTask {
                do { try await self.read(process) } catch let failure as ACPFailure {
                    self.state.withLock { $0.failure = $0.failure ?? failure }
                }
                // An agent that says nothing more is of no use, even if its process goes on.
                self.outgoing.finish()
                process.end()
            }
            try await group.waitForAll()
        }
    }

    private func read(_ process: GuardedProcess) async throws {
        var decoder = LineDecoder(bytesMaximum: Self.messageBytesMaximum)
        try await process.readOutput { bytes in
            let lines: [ByteBuffer]
            do throws(LineDecoder.TooLong) { lines = try decoder.feed(bytes) } catch {
                throw ACPFailure.tooLong(error.maximum)
            }
            for line in lines { try await receive(line) }
        }
        if let line = decoder.finish() { try await receive(line) }
    }

    /// Lines that are no messages, as when an agent prints to its standard output, are counted as what it says of
    /// itself, like its standard error.
    private func receive(_ line: ByteBuffer) async throws {
        guard let json = try? JSON(parsing: line), let message = try? Message(json: json) else {
            return state.withLock { state in
                state.noise += 1
                state.errors.add([UInt8](line.readableBytesView.prefix(1_024)) + [0x0A])
            }
        }
        switch message {
        case .notification(Method.cancelRequest, let params):
            guard let id = try? params.required("requestId", as: RequestID.self) else { return }
            state.withLock { $0.answers[id] }?.cancel()
        case .notification(let method, let params):
            await receiver.withLock { $0 }?.receive(method, params)
        case .request(let id, let method, let params): answer(id, method, params)
        case .response(.number(let id), let result):
            let request = state.withLock { $0.requests.removeValue(forKey: id) }
            request?.first(result)
            request?.continuation.resume(returning: result)
        case .failure(.number(let id), let error):
            state.withLock { $0.requests.removeValue(forKey: id) }?.continuation.resume(throwing: error)
        case .response, .failure: return
        }
    }

    /// Answers a request in a task of its own; it is refused while too many are open, since to wait for one of them could
    /// last for days.
    private func answer(_ id: RequestID, _ method: String, _ params: JSON) {
        let isRefused = state.withLock { state in
            // An id that is used again while its first request is open is answered by neither.
            guard state.answers[id] == nil else { return false }
            guard state.answers.count < Self.answersMaximum else { return true }
            state.answers[id] = Task {
                do throws(RPCError) {
                    guard let receiver = self.receiver.withLock({ $0 }) else { return }
                    let result: JSON
                    if Self.withFile.contains(method) {
                        result = try await self.waiting.whenRoom { () async throws(RPCError) in
                            guard !Task.isCancelled else { throw RPCError(.requestCancelled, "cancelled") }
                            return try await receiver.answer(method, params)
                        }
                    } else {
                        result = try await receiver.answer(method, params)
                    }
                    self.send(.response(id, result: result))
                } catch {
                    self.send(.failure(id, error.bounded))
                }
                self.state.withLock { $0.answers[id] = nil }
            }
            return false
        }
        if isRefused {
            send(.failure(id, RPCError(.internalError, "\(Self.answersMaximum) requests are open already")))
        }
    }

    // MARK: The end

    /// Ends the process and all that it began, and returns when nothing of it is left, within
    /// ``AgentSession/closeMaximum``.
    func close() async {
        let process = state.withLock { state in
            state.isClosing = true
            return state.process
        }
        outgoing.finish()
        let task = running.withLock { $0 }
        let timer = Task {
            try await Task.sleep(for: Self.farewell)
            process?.end()
        }
        await task?.value
        timer.cancel()
    }

    /// Whether the process has ended, or was told to.
    var isOver: Bool { state.withLock { $0.failure != nil || $0.isClosing } }

    /// How many bytes wait for the agent to read them.
    var waitingBytes: Int { waiting.remains.bytes }
    /// What the process has said of itself: its last lines.
    var lastLines: [String] { state.withLock { $0.errors.lines } }
    /// How many lines of its standard output were no messages.
    var noise: Int { state.withLock { $0.noise } }
}

extension ACPConnection.State {
    fileprivate func exit(_ end: ProcessEnd?) -> AgentExit {
        switch end {
        case .exited(let code): AgentExit(code: Int64(code), lines: errors.lines)
        case .signaled(let number): AgentExit(signal: Int64(number), lines: errors.lines)
        case nil: AgentExit(lines: errors.lines)
        }
    }
}
