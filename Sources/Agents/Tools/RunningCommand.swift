import Platform
import Wire

/// A command with its output, as it came from both of its streams.
final class RunningCommand: Sendable {
    /// The most output that is kept, whatever an agent asks for; the newest stays.
    static let bytesMaximum = 1 << 20

    fileprivate struct State {
        var bytes: [UInt8] = []
        var isTruncated = false
        var process: GuardedProcess?
        var isEnding = false
        var exit: JSON?
        var waiters: [UInt64: CheckedContinuation<JSON?, Never>] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let bytesMaximum: Int
    private let state = Locked(State())

    init(_ command: GuardedCommand, bytesMaximum: Int, ended: @escaping @Sendable () -> Void) {
        self.bytesMaximum = min(bytesMaximum, Self.bytesMaximum)
        Task {
            await run(command)
            ended()
        }
    }

    private func run(_ command: GuardedCommand) async {
        let end = try? await command.run { process in
            let isEnding = self.state.withLock { state in
                state.process = process
                return state.isEnding
            }
            if isEnding { process.end() }
            await process.finishInput()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await process.readOutput { self.add($0) } }
                group.addTask { try await process.readErrors { self.add($0) } }
                try await group.waitForAll()
            }
        }
        let exit: JSON =
            switch end {
            case .exited(let code): ["exitCode": .integer(Int64(code)), "signal": .null]
            case .signaled(let number): ["exitCode": .null, "signal": .string("\(number)")]
            case nil: ["exitCode": .null, "signal": .null]
            }
        let waiters = state.withLock { state in
            (state.exit, state.process) = (exit, nil)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: exit) }
    }

    private func add(_ bytes: [UInt8]) {
        state.withLock { state in
            state.bytes += bytes
            // Cut seldom, and by much, so that a command that prints megabytes is not copied for each of its lines.
            if state.bytes.count > 2 * bytesMaximum + 4_096 { state.cut(to: bytesMaximum) }
        }
    }

    /// The result of `terminal/output`.
    var output: JSON {
        state.withLock { state in
            state.cut(to: bytesMaximum)
            return .object(of: [
                "output": .string(String(decoding: state.bytes, as: UTF8.self)),
                "truncated": .bool(state.isTruncated), "exitStatus": state.exit,
            ])
        }
    }

    /// How much of what a command shows is for people: the newest, in bytes.
    static let tailBytes = 4_096

    /// Whether it has not ended.
    var isRunning: Bool { state.withLock { $0.exit == nil } }

    /// The newest of what it shows, for people.
    var text: String {
        state.withLock { String(decoding: $0.bytes.suffix(Self.tailBytes), as: UTF8.self).withoutControls }
    }

    /// How the command ended, when it has; `nil` when the task that waits is cancelled.
    func exit() async -> JSON? {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (exit, mustWait) = state.withLock { state in
                    let mustWait = state.exit == nil && !Task.isCancelled
                    if mustWait { state.waiters[number] = continuation }
                    return (state.exit, mustWait)
                }
                if !mustWait { continuation.resume(returning: exit) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
        }
    }

    /// Ends the command, if it runs.
    func end() {
        state.withLock { state in
            state.isEnding = true
            return state.process
        }?.end()
    }
}

extension RunningCommand.State {
    /// Keeps the newest bytes, from the beginning of a character on (ACP: the output is cut at one).
    fileprivate mutating func cut(to maximum: Int) {
        guard bytes.count > maximum else { return }
        isTruncated = true
        bytes.removeFirst(bytes.count - maximum)
        bytes = Array(bytes.drop { $0 & 0xC0 == 0x80 })
    }
}
