import Wire

/// How full the agent's context is, and what the session has cost so far (ACP's `usage_update`).
struct Usage: Hashable, Sendable {
    /// Tokens in the context now.
    var used: Int64
    /// How many the context holds; 0 when the agent does not know.
    var size: Int64
    /// The cost of the session so far, as text; `nil` when the agent does not say.
    var cost: String?

    /// The usage that an update tells; `nil` when it is another update.
    init?(_ update: JSON) {
        guard update["sessionUpdate"]?.string == "usage_update", case .integer(let used)? = update["used"], used >= 0
        else { return nil }
        self.used = used
        if case .integer(let size)? = update["size"], size > 0 { self.size = size } else { size = 0 }
        cost = update["cost"].flatMap(Usage.cost)
    }

    /// How full the context is, in percent; `nil` when its size is not known.
    var percent: Int? { size > 0 ? Int(min(999, Double(used) / Double(size) * 100)) : nil }

    private static func cost(_ json: JSON) -> String? {
        let amount: Double
        switch json["amount"] {
        case .integer(let whole): amount = Double(whole)
        case .number(let number): amount = number
        default: return nil
        }
        guard amount.isFinite, (0..<1_000_000).contains(amount) else { return nil }
        let cents = Int64((amount * 100).rounded())
        let text = "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
        let currency = String((json["currency"]?.string ?? "").label.prefix(8))
        return currency == "USD" ? "$" + text : currency.isEmpty ? text : "\(text) \(currency)"
    }

    /// A number of tokens, as in `840`, `12.4k`, `76k` or `1.2M`.
    static func count(_ tokens: Int64) -> String {
        func scaled(_ unit: Int64, _ letter: String) -> String {
            let tenths = tokens / (unit / 10)
            return (tenths < 200 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)") + letter
        }
        if tokens < 1_000 { return "\(tokens)" }
        if tokens < 1_000_000 { return scaled(1_000, "k") }
        return tokens < 1_000_000_000 ? scaled(1_000_000, "M") : scaled(1_000_000_000, "G")
    }
}
