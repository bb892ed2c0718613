import Agents
import TOMLKit
import Wire

extension ServerConfiguration {
    /// Applies the section `[permissions]`: what agents may do without asking, and what they may not do.
    mutating func apply(permissions table: TOMLTable, file: String) throws(ConfigurationError) {
        for (key, value) in table {
            switch key {
            case "unattended":
                guard let policy = value.string.flatMap(UnattendedPolicy.init(rawValue:)) else {
                    throw ConfigurationError(
                        "\(file): 'permissions.unattended' is not \"wait\", \"reject\" or \"rule\"")
                }
                unattended = policy
            case "rules":
                guard let rules = (try? JSON(parsing: table.convert(to: .json)))?["rules"]?.array else {
                    throw ConfigurationError(
                        "\(file): 'permissions.rules' is not a list: write [[permissions.rules]] above each rule")
                }
                for (index, rule) in rules.enumerated() {
                    do throws(RPCError) { permissions.append(try PermissionRule(json: rule)) } catch {
                        throw ConfigurationError("\(file): 'permissions.rules[\(index)]': \(error.message)")
                    }
                }
            default:
                throw ConfigurationError("\(file): there is no key 'permissions.\(key.withoutControls)': see belayd(8)")
            }
        }
    }
}
