import Agents
import Ledger

/// Who may have sessions with which agent.
extension Services {
    /// The agent of that name; `nil` when there is none, or none for this user.
    func agent(_ name: String, for principal: Principal) -> (any Agent)? {
        isOpen(name, to: principal) ? agents[name] : nil
    }

    /// The names of the agents that a user may have sessions with, in order.
    func agentNames(for principal: Principal) -> [String] {
        agents.keys.filter { isOpen($0, to: principal) }.sorted()
    }

    /// Looked up for each turn: a user who was taken out of the configuration is refused from the reload on.
    private func isOpen(_ name: String, to principal: Principal) -> Bool {
        guard principal != SessionRoots.local else { return true }
        guard let settings = configuration.agents.first(where: { $0.name == name }) else {
            // A program whose section was taken out of the file still runs, and is open to nobody else.
            return !(agents[name] is ACPAgent || agents[name] is ModelAgent)
        }
        return switch settings.users {
        case .local: false
        case .named(let names): names.contains(principal.rawValue)
        case .all: true
        }
    }
}
