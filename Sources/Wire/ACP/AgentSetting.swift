/// A change of a setting that an agent offers.
public enum AgentSetting: Hashable, Sendable, CustomStringConvertible {
    /// Choose a mode, by its identifier.
    case mode(String)
    /// Set an option to a value: the identifier of one, or a truth value.
    case option(String, JSON)

    /// The longest identifier of a mode, an option or a value, in bytes: they are the agents' own, and any text.
    public static let identifierBytesMaximum = 1_024

    /// Decodes the parameters of the method that changes it.
    ///
    /// - Throws: ``RPCError`` −32602, naming what is wrong.
    public init(method: String, params: JSON) throws(RPCError) {
        func identifier(_ key: String) throws(RPCError) -> String {
            let text = try params.requiredString(key)
            guard (1...AgentSetting.identifierBytesMaximum).contains(text.utf8.count) else {
                throw .invalidParams("'\(key)' is empty, or longer than \(AgentSetting.identifierBytesMaximum) bytes")
            }
            return text
        }
        guard method == Method.setConfigOption else {
            self = .mode(try identifier("modeId"))
            return
        }
        let option = try identifier("configId")
        if let flag = params["value"]?.bool {
            self = .option(option, .bool(flag))
        } else {
            self = .option(option, .string(try identifier("value")))
        }
    }

    /// The setting as an error names it.
    public var description: String {
        switch self {
        case .mode(let id): "the mode '\(id.withoutControls)'"
        case .option(let id, _): "the option '\(id.withoutControls)'"
        }
    }

    /// The parameters of the method that changes it (ACP's `session/set_mode`, `session/set_config_option`).
    public func request(of session: String) -> (method: String, params: JSON) {
        switch self {
        case .mode(let mode): (Method.setMode, ["sessionId": .string(session), "modeId": .string(mode)])
        case .option(let option, let value):
            (
                Method.setConfigOption,
                .object(of: [
                    "sessionId": .string(session), "configId": .string(option),
                    "type": value.bool == nil ? nil : "boolean", "value": value,
                ])
            )
        }
    }
}
