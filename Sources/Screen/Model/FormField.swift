import Wire

/// A field of a form, with what is filled in.
struct FormField: Hashable, Sendable {
    /// One of the values that a field can have.
    struct Option: Hashable, Sendable {
        var value: String
        var label: String
    }

    /// What is filled in, by type.
    enum Input: Hashable, Sendable {
        case text(LineText, lengths: ClosedRange<Int>)
        case integer(LineText, range: ClosedRange<Int64>)
        case number(LineText, range: ClosedRange<Double>)
        case flag(Bool?)
        case choice([Option], chosen: Int?)
        case several([Option], chosen: Set<Int>, at: Int, counts: ClosedRange<Int>)
    }

    /// The name in the answer, as the agent wrote it.
    let name: String
    /// The name that is shown.
    let title: String
    /// What is expected, in a few words; empty when nothing was said.
    let hint: String
    let isRequired: Bool
    var input: Input
    /// What is wrong with what is filled in; `nil` until it was looked at, and when nothing is.
    private(set) var problem: String?

    /// Reads a property of the schema; `nil` for a type that is not known here.
    init?(_ name: String, _ schema: JSON, isRequired: Bool) {
        self.name = name
        self.isRequired = isRequired
        title = (schema["title"]?.string ?? name).label
        hint = (schema["description"]?.string ?? schema["format"]?.string ?? "").label
        guard let input = FormField.input(schema) else { return nil }
        self.input = input
    }

    private static func input(_ schema: JSON) -> Input? {
        let given = schema["default"]
        switch schema["type"]?.string {
        case "string":
            guard schema["enum"] == nil || schema["enum"] == .null, schema["oneOf"] == nil || schema["oneOf"] == .null
            else {
                guard let options = options(schema) else { return nil }
                return .choice(options, chosen: options.firstIndex { $0.value == given?.string })
            }
            return .text(
                LineText(given?.string ?? ""),
                lengths: range(integer(schema["minLength"]) ?? 0, integer(schema["maxLength"]) ?? .max, 0...Int.max))
        case "integer":
            let (least, most) = (int64(schema["minimum"]) ?? .min, int64(schema["maximum"]) ?? .max)
            return .integer(LineText(int64(given).map { "\($0)" } ?? ""), range: range(least, most, .min ... .max))
        case "number":
            let (least, most) = (double(schema["minimum"]) ?? -.infinity, double(schema["maximum"]) ?? .infinity)
            let all = -Double.infinity...Double.infinity
            return .number(LineText(given.flatMap(shown) ?? ""), range: range(least, most, all))
        case "boolean": return .flag(given?.bool)
        case "array":
            guard let options = options(schema["items"] ?? .null) else { return nil }
            let chosen = Set((given?.array ?? []).compactMap(\.string))
            return .several(
                options, chosen: Set(options.indices.filter { chosen.contains(options[$0].value) }), at: 0,
                counts: range(integer(schema["minItems"]) ?? 0, integer(schema["maxItems"]) ?? .max, 0...Int.max))
        default: return nil
        }
    }

    private static func options(_ schema: JSON) -> [Option]? {
        let plain = (schema["enum"]?.array ?? []).compactMap(\.string).map { Option(value: $0, label: $0.label) }
        let titled = (schema["oneOf"]?.array ?? schema["anyOf"]?.array ?? []).compactMap { option -> Option? in
            guard let value = option["const"]?.string else { return nil }
            return Option(value: value, label: (option["title"]?.string ?? value).label)
        }
        let options = plain + titled
        return (1...Form.optionsMaximum).contains(options.count) ? options : nil
    }

    /// A range of two bounds; all where they contradict each other.
    private static func range<Bound: Comparable>(
        _ least: Bound, _ most: Bound, _ all: ClosedRange<Bound>
    ) -> ClosedRange<Bound> { least <= most ? least...most : all }

    private static func int64(_ json: JSON?) -> Int64? {
        if case .integer(let number)? = json { number } else { nil }
    }

    private static func integer(_ json: JSON?) -> Int? { int64(json).flatMap { Int(exactly: max(0, $0)) } }

    private static func double(_ json: JSON?) -> Double? {
        switch json {
        case .integer(let number): Double(number)
        case .number(let number) where number.isFinite: number
        default: nil
        }
    }

    private static func shown(_ json: JSON) -> String? {
        if let whole = int64(json) { return "\(whole)" }
        return double(json).map { "\($0)" }
    }

    // MARK: Filling in

    /// Handles a key: text is edited, a choice is changed by the arrows or the space bar.
    mutating func press(_ key: Key) {
        problem = nil
        switch input {
        case .text(var text, let lengths):
            _ = text.edit(key)
            input = .text(text, lengths: lengths)
        case .integer(var text, let range):
            _ = text.edit(key)
            input = .integer(text, range: range)
        case .number(var text, let range):
            _ = text.edit(key)
            input = .number(text, range: range)
        case .flag(let flag):
            switch key {
            case .character(" "), .left, .right: input = .flag(!(flag ?? false))
            case .character("y"): input = .flag(true)
            case .character("n"): input = .flag(false)
            default: break
            }
        case .choice(let options, let chosen):
            let last = options.count - 1
            switch key {
            case .right, .character(" "): input = .choice(options, chosen: chosen.map { min(last, $0 + 1) } ?? 0)
            case .left: input = .choice(options, chosen: chosen.map { max(0, $0 - 1) } ?? last)
            default: break
            }
        case .several(let options, var chosen, var place, let counts):
            switch key {
            case .right: place = min(options.count - 1, place + 1)
            case .left: place = max(0, place - 1)
            case .character(" "): if chosen.remove(place) == nil { chosen.insert(place) }
            default: break
            }
            input = .several(options, chosen: chosen, at: place, counts: counts)
        }
    }

    /// The value for the answer; `nil` when nothing is filled in.
    var value: JSON? {
        switch input {
        case .text(let text, _): text.characters.isEmpty ? nil : .string(text.text)
        case .integer(let text, _): Int64(text.text.trimmed).map { .integer($0) }
        case .number(let text, _):
            Int64(text.text.trimmed).map { .integer($0) } ?? Double(text.text.trimmed).map { .number($0) }
        case .flag(let flag): flag.map { .bool($0) }
        case .choice(let options, let chosen): chosen.map { .string(options[$0].value) }
        case .several(let options, let chosen, _, _):
            chosen.isEmpty && !isRequired ? nil : .array(chosen.sorted().map { .string(options[$0].value) })
        }
    }

    /// Looks at what is filled in, and says what is wrong with it.
    mutating func check() { problem = fault }

    private var fault: String? {
        switch input {
        case .text(let text, let lengths):
            let count = text.text.unicodeScalars.count
            if count == 0 { return isRequired ? "is needed" : nil }
            if count < lengths.lowerBound { return "needs at least \(lengths.lowerBound) characters" }
            return count > lengths.upperBound ? "may have \(lengths.upperBound) characters at most" : nil
        case .integer(let text, let range):
            if text.text.trimmed.isEmpty { return isRequired ? "is needed" : nil }
            guard let number = Int64(text.text.trimmed) else { return "is not a whole number" }
            if number < range.lowerBound { return "must be at least \(range.lowerBound)" }
            return number > range.upperBound ? "must be at most \(range.upperBound)" : nil
        case .number(let text, let range):
            if text.text.trimmed.isEmpty { return isRequired ? "is needed" : nil }
            guard let number = Double(text.text.trimmed), number.isFinite else { return "is not a number" }
            if number < range.lowerBound { return "must be at least \(range.lowerBound)" }
            return number > range.upperBound ? "must be at most \(range.upperBound)" : nil
        case .flag(let flag): return isRequired && flag == nil ? "is needed: y or n" : nil
        case .choice(_, let chosen): return isRequired && chosen == nil ? "is needed: choose one" : nil
        case .several(_, let chosen, _, let counts):
            if chosen.isEmpty, !isRequired { return nil }
            if chosen.count < counts.lowerBound { return "needs at least \(counts.lowerBound)" }
            return chosen.count > counts.upperBound ? "may have \(counts.upperBound) at most" : nil
        }
    }
}
