import Client
import FaultProxy
import Glibc

/// A proxy in the foreground: keys and the plan cause faults, and every event is printed.
struct ProxyRun: Sendable {
    /// How a run ended.
    enum Ending {
        case quit
        case signal(Int32)
        case failed(FaultProxyError)
        /// The output cannot be written, or no terminal can be had for the keys.
        case unusable(any Error)
    }

    /// What the run's loop waits for.
    enum Input: Sendable {
        case word(String)
        case planned(Fault)
        case event(ProxyEvent)
        case signal(Int32)
        case tick
    }

    let schedule: FaultSchedule

    /// How often the status row is refreshed.
    private static let statusInterval = Duration.milliseconds(200)

    func run(_ upstream: Upstream, host: String, port: Int) async -> Ending {
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        let proxy: FaultProxy
        do {
            proxy = try await FaultProxy.start(upstream: upstream, host: host, port: port) {
                continuation.yield(.event($0))
            }
        } catch {
            return .failed(error)
        }
        let console: ProxyConsole
        do { console = try ProxyConsole() } catch { return .unusable(error) }
        console.say("listening on \(proxy.listening), to \(upstream)")
        console.say(console.hasKeys ? "press ? for the keys" : "type a key or an action on each line; ? shows the keys")
        ProxyKeyboard.read { continuation.yield(.word($0)) }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await follow(continuation) }
            group.addTask { for await number in BatchSignals.stream() { continuation.yield(.signal(number)) } }
            if console.hasStatus {
                group.addTask {
                    while (try? await Task.sleep(for: ProxyRun.statusInterval)) != nil { continuation.yield(.tick) }
                }
            }
            let ending = await ProxyRun.answer(inputs, proxy, console)
            group.cancelAll()
            // The process ends here and takes the listener along; an error of closing it changes nothing.
            try? await proxy.stop()
            console.restore()
            return ending
        }
    }

    /// Applies the steps of the plan at their times.
    private func follow(_ continuation: AsyncStream<Input>.Continuation) async {
        var schedule = schedule
        let clock = ContinuousClock()
        let start = clock.now
        while let next = schedule.next, !Task.isCancelled {
            // A cancelled sleep is how the loop above ends.
            try? await clock.sleep(until: start + next)
            for fault in schedule.due(at: clock.now - start) { continuation.yield(.planned(fault)) }
        }
    }

    private static func answer(
        _ inputs: AsyncStream<Input>, _ proxy: FaultProxy, _ console: ProxyConsole
    ) async -> Ending {
        console.show(await proxy.traffic, await proxy.plan)
        if let failure = console.failure { return .unusable(failure) }
        for await input in inputs {
            switch input {
            case .event(let event): console.say("\(event)")
            case .planned(let fault): console.say("plan: \(await outcome(of: fault, proxy))")
            case .signal(let number): return .signal(number)
            case .tick: break
            case .word(let word):
                if LiveKey(word) == .quit { return .quit }
                await answer(word, proxy, console)
            }
            console.show(await proxy.traffic, await proxy.plan)
            if let failure = console.failure { return .unusable(failure) }
        }
        return .quit
    }

    private static func answer(_ word: String, _ proxy: FaultProxy, _ console: ProxyConsole) async {
        if let key = LiveKey(word) {
            guard let fault = key.fault(under: await proxy.plan) else { return help(console) }
            return console.say("\(key.rawValue): \(await outcome(of: fault, proxy))")
        }
        do throws(FaultScheduleError) {
            // More than one character is an action, written as in a plan.
            guard word.count > 1 else { return console.say("'\(word)' is not a key: press ? for the keys") }
            console.say(await outcome(of: try FaultSchedule.fault(parsing: word), proxy))
        } catch {
            console.say("\(error)")
        }
    }

    private static func outcome(of fault: Fault, _ proxy: FaultProxy) async -> String {
        do { return try await proxy.perform(fault) } catch { return "\(error)" }
    }

    private static func help(_ console: ProxyConsole) {
        for key in LiveKey.allCases { console.say("  \(key.rawValue)  \(key.summary)") }
    }
}

extension LiveKey {
    /// The key with this character; `nil` when there is none.
    init?(_ word: String) {
        guard word.count == 1, let character = word.first else { return nil }
        self.init(rawValue: character)
    }
}
