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
        /// The number of the chat whose events are taken.
        var chat = 0
    }

    private let state = Locked(State())
    private let wakeup: Wakeup

    init(wakeup: Wakeup) { self.wakeup = wakeup }

    /// Begins another chat: what is queued of the one before is dropped, and so is what it says from now on.
    ///
    /// - Returns: The number of the new one.
    func beginChat() -> Int {
        state.withLock { state in
            state = State(chat: state.chat + 1)
            return state.chat
        }
    }

    /// Takes an event.
    ///
    /// - Parameter chat: The chat whose it is; `nil` for what is of no chat.
    func push(_ event: ClientEvent, of chat: Int? = nil) {
        state.withLock { state in
            guard chat ?? state.chat == state.chat else { return }
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
            defer { state = State(chat: state.chat) }
            return (state.events, state.isOverrun)
        }
    }
}
