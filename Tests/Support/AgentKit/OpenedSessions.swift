import Agents
import Synchronization

/// The sessions that a check opened, which it closes when it is over: some back ends have a process for each.
final class OpenedSessions: Sendable {
    private let sessions = Mutex<[any AgentSession]>([])

    func add(_ session: any AgentSession) { sessions.withLock { $0.append(session) } }

    func close() async {
        let sessions = sessions.withLock { sessions in
            defer { sessions = [] }
            return sessions
        }
        for session in sessions { await session.close() }
    }
}
