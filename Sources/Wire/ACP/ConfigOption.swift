/// An option of a session that its agent offers, such as its model or its mode (ACP, Session Config Options).
///
/// The journal keeps options as the agent sent them; this is what a program of ours understands of one.
public struct ConfigOption: Hashable, Sendable {
    /// A value that can be chosen.
    public struct Choice: Hashable, Sendable {
        /// The value's identifier.
        public var value: String
        /// Its name, for people.
        public var name: String
        /// What it means; `nil` when the agent does not say.
        public var description: String?
    }

    /// What can be set, and what is set now.
    public enum Setting: Hashable, Sendable {
        /// One of several values.
        case select(current: String, choices: [Choice])
        /// On or off.
        case toggle(Bool)
    }

    /// Its identifier (`configId`).
    public var id: String
    /// Its name, for people.
    public var name: String
    /// What kind of option it is, such as `model` or `mode`; `nil` when the agent does not say.
    public var category: String?
    /// What can be set, and what is set now.
    public var setting: Setting

    /// Decodes an option; `nil` for one that is not understood.
    public init?(_ json: JSON) {
        guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
        switch (json["type"]?.string, json["currentValue"]) {
        case ("boolean", .bool(let isOn)?): setting = .toggle(isOn)
        case ("select", .string(let current)?), (nil, .string(let current)?):
            setting = .select(current: current, choices: ConfigOption.choices(json["options"]?.array ?? []))
        default: return nil
        }
        (self.id, self.name, category) = (id, name, json["category"]?.string)
    }

    /// The choices, also those of groups.
    private static func choices(_ options: [JSON]) -> [Choice] {
        options.flatMap { option -> [Choice] in
            if let members = option["options"]?.array { return choices(members.filter { $0["options"] == nil }) }
            guard let value = option["value"]?.string else { return [] }
            return [
                Choice(
                    value: value, name: option["name"]?.string ?? value, description: option["description"]?.string)
            ]
        }
    }

    /// The name of what is set now.
    public var current: String {
        switch setting {
        case .select(let current, let choices): choices.first { $0.value == current }?.name ?? current
        case .toggle(let isOn): isOn ? "on" : "off"
        }
    }

    /// The names of what can be set.
    public var choiceNames: [String] {
        switch setting {
        case .select(_, let choices): choices.map(\.name)
        case .toggle: ["on", "off"]
        }
    }

    /// Whether a value is one of the choices.
    public func offers(_ value: String) -> Bool {
        guard case .select(_, let choices) = setting else { return false }
        return choices.contains { $0.value == value }
    }

    /// What a user's word stands for: a value or a name, or the beginning of just one of them; letters count the same in
    /// both cases.
    ///
    /// - Returns: The value to set; `nil` when nothing, or more than one, is meant.
    public func value(for word: String) -> JSON? {
        let word = word.lowercased()
        switch setting {
        case .toggle:
            if ["on", "true", "yes"].contains(word) { return true }
            return ["off", "false", "no"].contains(word) ? false : nil
        case .select(_, let choices):
            let exact = choices.first { $0.value.lowercased() == word || $0.name.lowercased() == word }
            if let exact { return .string(exact.value) }
            let begun = choices.filter {
                $0.value.lowercased().hasPrefix(word) || $0.name.lowercased().hasPrefix(word)
            }
            return begun.count == 1 ? .string(begun[0].value) : nil
        }
    }

    // MARK: Modes

    /// The kind of the option that chooses a mode.
    public static let mode = "mode"

    /// The option that modes are (ACP, Session Modes: options took their place, and agents may still offer modes alone).
    ///
    /// - Parameter modes: A `SessionModeState`.
    /// - Returns: `nil` when there is nothing to choose.
    public static func option(ofModes modes: JSON) -> JSON? {
        guard let current = modes["currentModeId"]?.string else { return nil }
        let choices = (modes["availableModes"]?.array ?? []).compactMap { mode -> JSON? in
            guard let id = mode["id"]?.string else { return nil }
            return .object(of: [
                "value": .string(id), "name": .string(mode["name"]?.string ?? id),
                "description": mode["description"]?.string.map { .string($0) },
            ])
        }
        guard !choices.isEmpty else { return nil }
        return .object(of: [
            "id": .string(mode), "name": "Mode", "category": .string(mode), "type": "select",
            "currentValue": .string(current), "options": .array(choices),
        ])
    }

    /// The modes that an option of the kind `mode` is, for clients that know modes alone.
    ///
    /// - Returns: A `SessionModeState`; `nil` when no option chooses a mode.
    public static func modes(in options: [JSON]) -> JSON? {
        for option in options.compactMap(ConfigOption.init) where option.category == mode {
            guard case .select(let current, let choices) = option.setting else { continue }
            return [
                "currentModeId": .string(current),
                "availableModes": .array(
                    choices.map { choice in
                        .object(of: [
                            "id": .string(choice.value), "name": .string(choice.name),
                            "description": choice.description.map { .string($0) },
                        ])
                    }),
            ]
        }
        return nil
    }

    /// The members of an answer to `session/new`, `session/load` and `session/resume` that tell of options; none without
    /// options.
    public static func members(_ options: [JSON]) -> [JSON.Member] {
        guard !options.isEmpty else { return [] }
        let modes = modes(in: options).map { [JSON.Member("modes", $0)] } ?? []
        return modes + [JSON.Member("configOptions", .array(options))]
    }

    /// The update that tells of options.
    public static func update(_ options: [JSON]) -> SessionUpdate {
        .other(["sessionUpdate": "config_option_update", "configOptions": .array(options)])
    }
}
