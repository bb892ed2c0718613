import Client
import FaultProxy
import Glibc

/// A proxy in the foreground: keys and the plan change it, and what happens is said.
struct ProxyRun: Sendable {
    /// How a run ended.
    enum Ending {
        case quit
        case signal(Int32)
        case failed(FaultProxyError)
    }

    /// What a run waits for.
    enum Input: Sendable {
        case word(String)
        case planned(Fault)
        case event(ProxyEvent)
        case signal(Int32)
        case tick
    }

    let schedule: FaultSchedule

    /// How often the status is looked at.
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
        let console = ProxyConsole()
        console.say("listening on \(proxy.listening), to \(upstream)")
        console.say(console.hasKeys ? "press ? for the keys" : "a key or an action a line; ? shows the keys")
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
            // The listener goes with the process; a failure to close it would change nothing.
            try? await proxy.stop()
            console.restore()
            return ending
        }
    }

    /// Says what the plan says, when it says so.
    private func follow(_ continuation: AsyncStream<Input>.Continuation) async {
        var schedule = schedule
        let clock = ContinuousClock()
        let start = clock.now
        while let next = schedule.next, !Task.isCancelled {
            // A cancelled sleep ends the loop above.
            try? await clock.sleep(until: start + next)
            for fault in schedule.due(at: clock.now - start) { continuation.yield(.planned(fault)) }
        }
    }

    private static func answer(
        _ inputs: AsyncStream<Input>, _ proxy: FaultProxy, _ console: ProxyConsole
    ) async -> Ending {
        console.show(await proxy.traffic, await proxy.plan)
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
        }
        return .quit
    }

    private static func answer(_ word: String, _ proxy: FaultProxy, _ console: ProxyConsole) async {
        if let key = LiveKey(word) {
            guard let fault = key.fault(under: await proxy.plan) else { return help(console) }
            return console.say("\(key.rawValue): \(await outcome(of: fault, proxy))")
        }
        do throws(FaultScheduleError) {
            // A longer line is an action, as it stands in a plan.
            guard word.count > 1 else { return console.say("'\(word)' is no key; ? shows them") }
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
    /// The key that a word is, if it is one.
    init?(_ word: String) {
        guard word.count == 1, let character = word.first else { return nil }
        self.init(rawValue: character)
    }
}
