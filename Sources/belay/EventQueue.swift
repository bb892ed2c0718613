import Client
import Synchronization
import Terminal

/// What the chat's loop tells the screen's thread: a queue and a wake-up.
final class EventQueue: Sendable {
    /// Entries that may wait for a screen that is not looking; past it the screen reads the mirror again instead.
    static let entriesMaximum = 20_000

    private struct State {
        var events: [ClientEvent] = []
        var entries = 0
        var isOverrun = false
    }

    private let state = Mutex(State())
    private let wakeup: Wakeup

    init(wakeup: Wakeup) { self.wakeup = wakeup }

    func push(_ event: ClientEvent) {
        state.withLock { state in
            if case .entries(let entries) = event {
                state.entries += entries.count
                if state.entries > EventQueue.entriesMaximum {
                    state.isOverrun = true
                    state.events.removeAll { if case .entries = $0 { true } else { false } }
                    return
                }
            }
            state.events.append(event)
        }
        wakeup.wake()
    }

    /// Takes what waits.
    ///
    /// - Returns: The events, and whether entries were left out that the mirror holds.
    func take() -> (events: [ClientEvent], isOverrun: Bool) {
        state.withLock { state in
            defer { state = State() }
            return (state.events, state.isOverrun)
        }
    }
}
