import Agents
import Ledger
import Platform
import TOMLKit
import Wire

extension ServerConfiguration {
    /// The names of agents: they are typed, and stand in journals and in file names.
    static func isAgentName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                    || [0x2D, 0x2E, 0x5F].contains(byte)
            }
    }

    /// Applies the section `[agents]`: a table for each agent.
    mutating func apply(agents table: TOMLTable, file: String) throws(ConfigurationError) {
        for (name, value) in table {
            if name == "idle" {
                guard let idle = value.string.flatMap({ Duration(text: $0) }), idle >= .seconds(1) else {
                    throw ConfigurationError(
                        "\(file): 'agents.idle' is not a duration of at least a second, such as \"30m\"")
                }
                agentIdle = idle
                continue
            }
            if name == "mcp_servers_from_clients" {
                guard let whose = value.string.flatMap(MCPServersFromClients.init(rawValue:)) else {
                    throw ConfigurationError("\(file): 'agents.\(name)' is not \"local\", \"all\" or \"none\"")
                }
                mcpServersFromClients = whose
                continue
            }
            guard Self.isAgentName(name), name != "librarian" else {
                throw ConfigurationError(
                    "\(file): '\(name.withoutControls)' is no name for an agent: use up to 64 letters, digits, '-', "
                        + "'_' and '.', and not 'librarian', which is the built-in one")
            }
            guard let entry = value.table else {
                throw ConfigurationError("\(file): 'agents.\(name)' is not a section: write [agents.\(name)]")
            }
            agents.append(try AgentSection(name, entry, file: file).settings())
        }
        agents.sort { $0.name < $1.name }
    }
}

/// Whose clients may name servers of tools. Such a server is a command of the client's choice, run with the rights of the
/// server's user and without a question, so by default those of the local user alone.
public enum MCPServersFromClients: String, Hashable, Sendable {
    case local, all, none

    /// Whether the clients of a user may.
    func allows(_ principal: Principal) -> Bool {
        switch self {
        case .local: principal == SessionRoots.local
        case .all: true
        case .none: false
        }
    }
}
