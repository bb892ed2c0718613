import Wire

/// A keyword that says something about one value and nothing about its parts.
enum SchemaAssertion {
    case type([String])
    case required([String])
    case constant(JSON)
    case oneOf([JSON])
    case minimum(Double)
    case maximum(Double)
    case format(String)

    /// The formats that are checked; every other one makes the schema unusable.
    static let formats: [String: ClosedRange<Double>?] = [
        "int32": -2_147_483_648...2_147_483_647, "uint16": 0...65_535, "uint32": 0...4_294_967_295,
        "int64": nil, "uint64": 0...0x1p64, "double": nil,
    ]

    /// The assertion that a keyword makes; `nil` when it makes none, or its value is not of the right kind.
    init?(_ keyword: JSON.Member) {
        let strings = keyword.value.array.map { $0.compactMap(\.string) }
        switch keyword.key {
        case "type":
            guard let names = keyword.value.string.map({ [$0] }) ?? strings else { return nil }
            self = .type(names)
        case "required":
            guard let strings else { return nil }
            self = .required(strings)
        case "const": self = .constant(keyword.value)
        case "enum":
            guard let values = keyword.value.array else { return nil }
            self = .oneOf(values)
        case "minimum", "maximum":
            guard let bound = keyword.value.double else { return nil }
            self = keyword.key == "minimum" ? .minimum(bound) : .maximum(bound)
        case "format":
            guard let name = keyword.value.string else { return nil }
            self = .format(name)
        default: return nil
        }
    }

    /// What is wrong with the value; `nil` when nothing is.
    func problem(with value: JSON) -> String? {
        switch self {
        case .type(let names):
            return names.contains { value.isOf(type: $0) } ? nil : "is not \(names.joined(separator: " or "))"
        case .required(let names):
            guard case .object = value else { return nil }
            let missing = names.filter { value[$0] == nil }
            return missing.isEmpty ? nil : "lacks \(missing.joined(separator: ", "))"
        case .constant(let wanted):
            return value.isSame(as: wanted) ? nil : "is not \(wanted.text)"
        case .oneOf(let values):
            return values.contains { value.isSame(as: $0) } ? nil : "is none of \(JSON.array(values).text)"
        case .minimum(let bound):
            return value.double.map { $0 >= bound } ?? true ? nil : "is less than \(bound)"
        case .maximum(let bound):
            return value.double.map { $0 <= bound } ?? true ? nil : "is more than \(bound)"
        case .format(let name):
            guard let number = value.double, let range = SchemaAssertion.formats[name] ?? nil else { return nil }
            return range.contains(number) ? nil : "does not fit \(name)"
        }
    }
}

extension JSON {
    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    fileprivate func isOf(type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .integer: type == "integer" || type == "number"
        // A number without a fraction is an integer to JSON Schema, however it was written.
        case .number(let value): type == "number" || type == "integer" && value == value.rounded()
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }

    /// Equality as JSON Schema means it: 1 is 1.0, and the order of members says nothing.
    fileprivate func isSame(as other: JSON) -> Bool {
        if let mine = double, let theirs = other.double { return mine == theirs }
        if let mine = array, let theirs = other.array {
            return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.isSame(as: $1) }
        }
        if let mine = members, let theirs = other.members {
            return mine.count == theirs.count
                && mine.allSatisfy { member in other[member.key].map { member.value.isSame(as: $0) } ?? false }
        }
        return self == other
    }
}
