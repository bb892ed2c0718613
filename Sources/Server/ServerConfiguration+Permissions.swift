import Agents
import TOMLKit
import Wire

extension ServerConfiguration {
    /// Applies the section `[permissions]`: what agents may do without asking, and what they may not do.
    mutating func apply(permissions table: TOMLTable, file: String) throws(ConfigurationError) {
        for (key, value) in table {
            guard key == "rules", let entries = value.array else {
                throw ConfigurationError(
                    key == "rules"
                        ? "\(file): 'permissions.rules' is not a list: write [[permissions.rules]] above each rule"
                        : "\(file): there is no key 'permissions.\(key.withoutControls)': see belayd(8)")
            }
            for (index, entry) in entries.enumerated() {
                permissions.append(try Self.rule(entry.table, "permissions.rules[\(index)]", file: file))
            }
        }
    }

    private static func rule(
        _ table: TOMLTable?, _ place: String, file: String
    ) throws(ConfigurationError) -> PermissionRule {
        func wrong(_ key: String, _ what: String) -> ConfigurationError {
            ConfigurationError("\(file): '\(place).\(key)' is \(what)")
        }
        guard let table else { throw ConfigurationError("\(file): '\(place)' is not a table") }
        guard let action = table["action"]?.string.flatMap(PermissionRule.Action.init(rawValue:)) else {
            throw wrong("action", "not \"allow\", \"ask\" or \"deny\"")
        }
        var rule = PermissionRule(action)
        for (key, value) in table {
            switch key {
            case "action": break
            case "kinds":
                let kinds = value.array?.compactMap { $0.string.flatMap(ToolCall.Kind.init(rawValue:)) }
                guard let kinds, kinds.count == value.array?.count else {
                    throw wrong(key, "not a list of kinds of tools, such as [\"edit\", \"execute\"]")
                }
                rule.kinds = Set(kinds)
            case "pattern":
                guard let text = value.string, !text.isEmpty else { throw wrong(key, "not a string") }
                rule.pattern = text
            case "folder":
                guard let path = value.string, path.hasPrefix("/") else { throw wrong(key, "not an absolute path") }
                rule.folder = path
            default:
                throw ConfigurationError("\(file): there is no key '\(place).\(key.withoutControls)': see belayd(8)")
            }
        }
        return rule
    }
}
