import Client
import Platform
import Terminal

/// Events from the chat's event loop to the screen's thread: a bounded queue and a wake-up.
final class EventQueue: Sendable {
    /// The most entries that may queue while the screen does not read; above it the screen reads the mirror again.
    static let entriesMaximum = 20_000

    private struct State {
        var events: [ClientEvent] = []
        var entries = 0
        var isOverrun = false
    }

    private let state = Locked(State())
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

    /// Empties the queue.
    ///
    /// - Returns: The events, and whether entries were dropped at the bound; the mirror holds those.
    func take() -> (events: [ClientEvent], isOverrun: Bool) {
        state.withLock { state in
            defer { state = State() }
            return (state.events, state.isOverrun)
        }
    }
}
