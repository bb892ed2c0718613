/// Resolves the colours of a theme: named in its palette, the sixteen ANSI names, and literals.
struct ThemePalette {
    private var named: [String: Color] = [:]
    private var surface = Color.default

    init(_ table: ThemeTable, appearance: Theme.Appearance) throws(ThemeError) {
        for (name, value) in try table.table("palette") ?? [:] {
            named[name] = try ThemePalette.color(value, key: "palette.\(name)", appearance: appearance)
        }
        if let variants = try table.table("surface") {
            surface = try ThemePalette.color(.table(variants), key: "surface", appearance: appearance)
        }
    }

    /// The colour with this name; the theme's palette takes precedence.
    func color(named text: String) -> Color? {
        text == "@surface" ? surface : named[text] ?? ThemePalette.literal(text)
    }

    /// Reads a colour, or its variant for the appearance. The variants for terminals with fewer colours are validated
    /// too, so that a mistake is found on every machine.
    private static func color(
        _ value: ThemeValue, key: String, appearance: Theme.Appearance
    ) throws(ThemeError) -> Color {
        switch value {
        case .string(let text):
            guard let color = literal(text) else { throw .badColor(key: key, text: text) }
            return color
        case .integer(let number):
            guard let color = literal(String(number)) else { throw .badColor(key: key, text: String(number)) }
            return color
        case .table(let variants):
            for name in variants.keys.sorted() {
                guard ["dark", "light", "c256", "c16"].contains(name) else { throw .unknownKey("\(key).\(name)") }
            }
            for name in ["c256", "c16"] {
                if let other = variants[name] { _ = try color(other, key: "\(key).\(name)", appearance: appearance) }
            }
            let order = appearance == .dark ? ["dark", "light"] : ["light", "dark"]
            for name in order {
                guard let variant = variants[name] else { continue }
                if case .table = variant { throw .wrongKind(key: "\(key).\(name)", expected: "a colour") }
                return try color(variant, key: "\(key).\(name)", appearance: appearance)
            }
            throw .wrongKind(key: key, expected: "a colour, or a table with 'dark' or 'light'")
        case .other: throw .wrongKind(key: key, expected: "a colour")
        }
    }

    /// Parses `#rrggbb`, `0`–`255`, an ANSI name or `default`.
    private static func literal(_ text: String) -> Color? {
        if text == "default" { return .default }
        if text.hasPrefix("#") {
            let digits = text.dropFirst()
            guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
                return nil
            }
            return .rgb(
                red: UInt8(value >> 16), green: UInt8(value >> 8 & 0xFF), blue: UInt8(value & 0xFF))
        }
        if let number = UInt8(text), text.first != "+" { return .palette(number) }
        let isBright = text.hasPrefix("bright-")
        guard let index = ansi.firstIndex(of: isBright ? String(text.dropFirst(7)) : text) else { return nil }
        return .palette(UInt8(index) + (isBright ? 8 : 0))
    }

    private static let ansi = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
}
