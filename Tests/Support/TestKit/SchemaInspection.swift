import Wire

/// Walks a whole schema once and refuses what ``SchemaValidator`` would not check.
struct SchemaInspection {
    let definitions: [String: JSON]

    /// Keywords that tell people or programs something and constrain no value.
    private static let annotations: Set<String> = [
        "$schema", "title", "description", "default", "discriminator", "examples",
    ]

    func inspect(_ schema: JSON, at path: String) throws(SchemaValidator.Unusable) {
        if schema.bool != nil { return }
        guard let keywords = schema.members else { throw .malformed("schema", at: path) }
        for keyword in keywords { try inspect(keyword, at: path) }
    }

    private func inspect(_ keyword: JSON.Member, at path: String) throws(SchemaValidator.Unusable) {
        let place = "\(path)/\(keyword.key)"
        switch keyword.key {
        case "$ref":
            guard let name = keyword.value.definitionName else { throw .malformed(keyword.key, at: path) }
            guard definitions[name] != nil else { throw .missingDefinition(name) }
        case "allOf", "anyOf", "oneOf":
            guard let parts = keyword.value.array, !parts.isEmpty else { throw .malformed(keyword.key, at: path) }
            for (index, part) in parts.enumerated() { try inspect(part, at: "\(place)/\(index)") }
        case "properties", "$defs":
            guard let members = keyword.value.members else { throw .malformed(keyword.key, at: path) }
            for member in members { try inspect(member.value, at: "\(place)/\(member.key)") }
        case "items", "not", "additionalProperties":
            try inspect(keyword.value, at: place)
        case "unevaluatedProperties":
            // Only the form that allows everything, which constrains nothing.
            guard keyword.value == true else { throw .unknownKeyword(keyword.key, at: path) }
        case let name where Self.annotations.contains(name) || name.hasPrefix("x-"):
            break
        default:
            try inspectAssertion(keyword, at: path)
        }
    }

    private func inspectAssertion(_ keyword: JSON.Member, at path: String) throws(SchemaValidator.Unusable) {
        switch SchemaAssertion(keyword) {
        case .format(let name) where name != "uri" && SchemaAssertion.formats[name] == nil:
            throw .unknownKeyword("format: \(name)", at: path)
        case .type, .required, .constant, .oneOf, .minimum, .maximum, .format:
            break
        case nil:
            let known = ["type", "required", "enum", "minimum", "maximum", "format"].contains(keyword.key)
            throw known ? .malformed(keyword.key, at: path) : .unknownKeyword(keyword.key, at: path)
        }
    }
}
