import Wire

/// A form that an agent asks the user to fill in (ACP's elicitation in the mode `form`): fields of plain types.
struct Form: Hashable, Sendable {
    /// The most fields; a longer form can only be refused here.
    static let fieldsMaximum = 16
    /// The most options of a field.
    static let optionsMaximum = 64

    /// What the user does with the form at its end.
    enum Action: String, Hashable, Sendable, CaseIterable {
        case accept, decline, cancel
    }

    var fields: [FormField]
    /// The field with the cursor; behind the last one the actions.
    var place = 0
    /// The action that Enter takes behind the fields.
    var action = Action.accept

    /// Reads a schema.
    ///
    /// - Returns: `nil` when it has no field, too many, or one of a type that is not known here.
    init?(schema: JSON) {
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        let members = schema["properties"]?.members ?? []
        guard (1...Form.fieldsMaximum).contains(members.count) else { return nil }
        fields = []
        for member in members {
            guard let field = FormField(member.key, member.value, isRequired: required.contains(member.key)) else {
                return nil
            }
            fields.append(field)
        }
    }

    /// What a key leads to.
    enum Outcome: Hashable, Sendable {
        case goesOn
        /// The user is done: the result of the method.
        case answered(Action, JSON)
        /// The user leaves the form as it is.
        case left
    }

    mutating func press(_ key: Key) -> Outcome {
        let isInField = fields.indices.contains(place)
        switch key {
        case .escape, .control("c"), .control("g"): return .left
        case .tab, .down: place = (place + 1) % (fields.count + 1)
        case .backTab, .up: place = (place + fields.count) % (fields.count + 1)
        case .enter where isInField:
            fields[place].check()
            if fields[place].problem == nil { place += 1 }
        case .enter: return finish()
        case .left, .right:
            if isInField { fields[place].press(key) } else { choose(by: key == .left ? -1 : 1) }
        default: if isInField { fields[place].press(key) }
        }
        return .goesOn
    }

    private mutating func choose(by step: Int) {
        let all = Action.allCases
        let index = all.firstIndex(of: action) ?? 0
        action = all[max(0, min(all.count - 1, index + step))]
    }

    /// Ends the form, unless a field that would be sent is wrong: then the cursor goes there.
    private mutating func finish() -> Outcome {
        guard action == .accept else { return .answered(action, ["action": .string(action.rawValue)]) }
        for index in fields.indices { fields[index].check() }
        if let wrong = fields.firstIndex(where: { $0.problem != nil }) {
            place = wrong
            return .goesOn
        }
        let content = fields.compactMap { field in field.value.map { JSON.Member(field.name, $0) } }
        return .answered(.accept, ["action": "accept", "content": .object(content)])
    }
}
