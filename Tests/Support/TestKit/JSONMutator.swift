import Wire

/// Accidents to JSON that leave it JSON: another number, another name, something missing, doubled, nested or strange.
enum JSONMutator {
    /// Goes down to a random place and changes what is there.
    static func change(_ json: inout JSON, donor: JSON, using generator: inout SplitMix64) {
        switch json {
        case .array(var elements) where !elements.isEmpty && !generator.oneIn(6):
            let index = Int.random(in: 0..<elements.count, using: &generator)
            if generator.oneIn(5) {
                rearrange(&elements, at: index, using: &generator)
            } else {
                change(&elements[index], donor: donor, using: &generator)
            }
            json = .array(elements)
        case .object(var members) where !members.isEmpty && !generator.oneIn(10):
            let index = Int.random(in: 0..<members.count, using: &generator)
            switch Int.random(in: 0...15, using: &generator) {
            case 0: rearrange(&members, at: index, using: &generator)
            case 1: members[index].key = Oddities.strings.pick(using: &generator)
            default: change(&members[index].value, donor: donor, using: &generator)
            }
            json = .object(members)
        default: json = replacement(for: json, donor: donor, using: &generator)
        }
    }

    private static func rearrange<Element>(
        _ elements: inout [Element], at index: Int, using generator: inout SplitMix64
    ) {
        switch Int.random(in: 0...3, using: &generator) {
        case 0: elements.remove(at: index)
        case 1: elements.insert(elements[index], at: index)
        case 2: elements.swapAt(index, Int.random(in: 0..<elements.count, using: &generator))
        default:
            let times = Int.random(in: 2...40, using: &generator)
            elements.insert(contentsOf: Array(repeating: elements[index], count: times), at: index)
        }
    }

    private static func replacement(
        for json: JSON, donor: JSON, using generator: inout SplitMix64
    ) -> JSON {
        // Mostly a value of the same kind: another kind is refused at once, and seldom interesting.
        if !generator.oneIn(5) {
            switch json {
            case .integer(let value) where generator.oneIn(3):
                return .integer(value &+ Int64.random(in: -2...2, using: &generator))
            case .integer, .number: return Oddities.numbers.pick(using: &generator)
            case .string(let value) where generator.oneIn(3):
                return .string(value + Oddities.strings.pick(using: &generator))
            case .string: return .string(Oddities.strings.pick(using: &generator))
            case .bool(let value): return .bool(!value)
            case .null, .array, .object: break
            }
        }
        switch Int.random(in: 0...7, using: &generator) {
        case 0: return .null
        case 1: return .string(Oddities.strings.pick(using: &generator))
        case 2: return Oddities.numbers.pick(using: &generator)
        case 3: return .array(Array(repeating: json, count: Int.random(in: 0...3, using: &generator)))
        case 4: return .object([JSON.Member("", json), JSON.Member("_meta", .object([JSON.Member("belay", json)]))])
        case 5: return nested(json, Int.random(in: 1...80, using: &generator))
        case 6: return .object([])
        default: return part(of: donor, using: &generator)
        }
    }

    private static func nested(_ json: JSON, _ depth: Int) -> JSON {
        (0..<depth).reduce(json) { inner, level in level % 2 == 0 ? .array([inner]) : .object([JSON.Member("a", inner)])
        }
    }

    private static func part(of json: JSON, using generator: inout SplitMix64) -> JSON {
        let inner: JSON? =
            switch json {
            case .array(let elements): elements.randomElement(using: &generator)
            case .object(let members): members.randomElement(using: &generator)?.value
            case .null, .bool, .integer, .number, .string: nil
            }
        guard let inner, !generator.oneIn(3) else { return json }
        return part(of: inner, using: &generator)
    }
}
