public import Wire

/// Checks JSON values against a JSON Schema (draft 2020-12), as far as the schema of ACP needs it.
///
/// A keyword that would constrain a value and is not checked here makes the schema be refused as a whole: a validator
/// that skips what it does not understand passes what it should not.
public struct SchemaValidator: Sendable {
    /// The schema cannot be used.
    public enum Unusable: Error, Hashable, CustomStringConvertible {
        /// A keyword that is not checked here.
        case unknownKeyword(String, at: String)
        /// A keyword whose value is not of the kind it should be.
        case malformed(String, at: String)
        /// A reference to a definition that is not there.
        case missingDefinition(String)

        /// One sentence for a person.
        public var description: String {
            switch self {
            case .unknownKeyword(let keyword, let path): "the schema uses '\(keyword)' at \(path), which is not checked"
            case .malformed(let keyword, let path): "'\(keyword)' at \(path) is not what it should be"
            case .missingDefinition(let name): "the schema has no definition '\(name)'"
            }
        }
    }

    /// A value does not fit.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// Which part of the value: a JSON pointer (RFC 6901), empty for the whole.
        public var path: String
        /// What is wrong with it.
        public var problem: String

        /// A violation.
        public init(path: String, problem: String) {
            self.path = path
            self.problem = problem
        }

        /// The part and what is wrong with it.
        public var description: String { "\(path.isEmpty ? "the value" : path): \(problem)" }
    }

    let definitions: [String: JSON]

    /// A validator for the definitions (`$defs`) of a schema.
    ///
    /// - Throws: ``Unusable`` for the first part of the schema that would not be checked whole.
    public init(schema: JSON) throws(Unusable) {
        var definitions: [String: JSON] = [:]
        for member in schema["$defs"]?.members ?? [] { definitions[member.key] = member.value }
        self.definitions = definitions
        try SchemaInspection(definitions: definitions).inspect(schema, at: "#")
    }

    /// What is wrong with a value that should be of that definition; empty when nothing is.
    public func violations(of value: JSON, as definition: String) throws(Unusable) -> [Violation] {
        guard let schema = definitions[definition] else { throw .missingDefinition(definition) }
        return check(value, against: schema, at: "")
    }

    private func check(_ value: JSON, against schema: JSON, at path: String) -> [Violation] {
        if schema == false { return [Violation(path: path, problem: "nothing is allowed here")] }
        return (schema.members ?? []).flatMap { keyword in
            self.violations(of: keyword, in: schema, value: value, at: path)
        }
    }

    private func violations(
        of keyword: JSON.Member, in schema: JSON, value: JSON, at path: String
    ) -> [Violation] {
        let parts = keyword.value.array ?? []
        switch keyword.key {
        case "$ref":
            guard let name = keyword.value.definitionName, let target = definitions[name] else { return [] }
            return check(value, against: target, at: path)
        case "allOf":
            return parts.flatMap { check(value, against: $0, at: path) }
        case "anyOf":
            return alternatives(value, of: parts, at: path, accepting: { $0 >= 1 })
        case "oneOf":
            return alternatives(value, of: parts, at: path, accepting: { $0 == 1 })
        case "not":
            let fits = check(value, against: keyword.value, at: path).isEmpty
            return fits ? [Violation(path: path, problem: "is what it must not be")] : []
        case "properties", "additionalProperties":
            return members(of: keyword, in: schema, value: value, at: path)
        case "items":
            return (value.array ?? []).enumerated().flatMap { index, element in
                check(element, against: keyword.value, at: "\(path)/\(index)")
            }
        default:
            return SchemaAssertion(keyword)?.problem(with: value).map { [Violation(path: path, problem: $0)] } ?? []
        }
    }

    /// Of several alternatives that none fits, the nearest one tells what is wrong.
    private func alternatives(
        _ value: JSON, of schemas: [JSON], at path: String, accepting accepts: (Int) -> Bool
    ) -> [Violation] {
        let outcomes = schemas.map { check(value, against: $0, at: path) }
        let fitting = outcomes.count { $0.isEmpty }
        if accepts(fitting) { return [] }
        let verdict = Violation(path: path, problem: "fits \(fitting) of \(schemas.count) alternatives")
        guard fitting == 0, let nearest = outcomes.min(by: { $0.count < $1.count }) else { return [verdict] }
        return [verdict] + nearest
    }

    private func members(
        of keyword: JSON.Member, in schema: JSON, value: JSON, at path: String
    ) -> [Violation] {
        (value.members ?? []).flatMap { member -> [Violation] in
            let place = "\(path)/\(member.key)"
            let named = schema["properties"]?[member.key]
            if keyword.key == "properties" { return named.map { check(member.value, against: $0, at: place) } ?? [] }
            return named == nil ? check(member.value, against: keyword.value, at: place) : []
        }
    }
}

extension JSON {
    /// The name in a reference such as `#/$defs/NAME`.
    var definitionName: String? {
        let prefix = "#/$defs/"
        guard let text = string, text.hasPrefix(prefix) else { return nil }
        return String(text.dropFirst(prefix.count))
    }
}
