/// Resolves the colours of a theme for a canvas: named in its palette, the sixteen ANSI names, and literals.
struct ThemePalette {
    private var named: [String: Color] = [:]
    private var surface = Color.default
    private let canvas: Canvas

    /// Reads the palette and the surface; a surface that is left out is computed from the background of `text`.
    init(_ table: ThemeTable, on canvas: Canvas) throws(ThemeError) {
        self.canvas = canvas
        for (name, value) in try table.table("palette") ?? [:] {
            named[name] = try color(value, key: "palette.\(name)")
        }
        if let variants = try table.table("surface") {
            surface = try color(.table(variants), key: "surface")
        } else {
            surface = canvas.surface(on: background(of: try table.table("roles")?.string("text", in: "roles.") ?? ""))
        }
    }

    /// The colour with this name; the theme's palette takes precedence.
    func color(named text: String) -> Color? {
        if text == "@surface" { return surface }
        return named[text] ?? ThemePalette.literal(text).map { canvas.depth.reduced($0) }
    }

    /// The colour behind `on` in a role's text.
    private func background(of role: String) -> Color {
        let words = role.split(separator: " ")
        guard let on = words.firstIndex(of: "on"), on + 1 < words.count else { return .default }
        return color(named: String(words[on + 1])) ?? .default
    }

    /// Reads a colour, or the variant for this canvas. All variants are validated, so that a mistake is found on every
    /// machine.
    private func color(_ value: ThemeValue, key: String) throws(ThemeError) -> Color {
        guard case .table(let variants) = value else {
            return canvas.depth.reduced(try ThemePalette.variant(value, key: key, canvas.appearance))
        }
        for name in variants.keys.sorted() {
            guard ["dark", "light", "c256", "c16"].contains(name) else { throw .unknownKey("\(key).\(name)") }
        }
        let main = try ThemePalette.variant(value, key: key, canvas.appearance)
        var few: [ColorDepth: Color] = [:]
        for (depth, name, count) in [(ColorDepth.indexed, "c256", 256), (.sixteen, "c16", 16)] {
            guard let other = variants[name] else { continue }
            let color = try ThemePalette.variant(other, key: "\(key).\(name)", canvas.appearance)
            guard color.isWithin(count) else { throw .badColor(key: "\(key).\(name)", text: "\(color.text)") }
            few[depth] = color
        }
        switch canvas.depth {
        case .mono: return .default
        case .eight: return canvas.depth.reduced(few[.sixteen] ?? main)
        case .sixteen: return few[.sixteen] ?? canvas.depth.reduced(main)
        case .indexed: return few[.indexed] ?? canvas.depth.reduced(main)
        case .direct: return main
        }
    }

    /// Reads a colour, or its variant for the appearance; the other one is taken when there is only that.
    private static func variant(
        _ value: ThemeValue, key: String, _ appearance: Theme.Appearance
    ) throws(ThemeError) -> Color {
        switch value {
        case .string(let text):
            guard let color = literal(text) else { throw .badColor(key: key, text: text) }
            return color
        case .integer(let number):
            guard let color = literal(String(number)) else { throw .badColor(key: key, text: String(number)) }
            return color
        case .table(let variants):
            var found: [Theme.Appearance: Color] = [:]
            for side in [Theme.Appearance.dark, .light] {
                guard let variant = variants[side.rawValue] else { continue }
                if case .table = variant { throw .wrongKind(key: "\(key).\(side.rawValue)", expected: "a colour") }
                found[side] = try self.variant(variant, key: "\(key).\(side.rawValue)", appearance)
            }
            guard let color = found[appearance] ?? found.values.first else {
                throw .wrongKind(key: key, expected: "a colour, or a table with 'dark' or 'light'")
            }
            return color
        case .other: throw .wrongKind(key: key, expected: "a colour")
        }
    }

    /// Parses `#rrggbb`, `0`–`255`, an ANSI name or `default`.
    static func literal(_ text: String) -> Color? {
        if text == "default" { return .default }
        if text.hasPrefix("#") {
            let digits = text.dropFirst()
            guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
                return nil
            }
            return Color(RGB(value))
        }
        if let number = UInt8(text), text.first != "+" { return .palette(number) }
        let isBright = text.hasPrefix("bright-")
        guard let index = ansi.firstIndex(of: isBright ? String(text.dropFirst(7)) : text) else { return nil }
        return .palette(UInt8(index) + (isBright ? 8 : 0))
    }

    /// The names of the first eight colours, in their order.
    static let ansi = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]
}

extension Color {
    /// Whether it is one of the first colours of the palette, or the default.
    fileprivate func isWithin(_ count: Int) -> Bool {
        switch self {
        case .default: true
        case .palette(let index): index < count
        case .rgb: false
        }
    }

    /// The colour as a theme file writes it.
    public var text: String {
        switch self {
        case .default: return "default"
        case .palette(let index) where index < 16:
            return (index < 8 ? "" : "bright-") + ThemePalette.ansi[Int(index % 8)]
        case .palette(let index): return String(index)
        case .rgb(let red, let green, let blue):
            let number = String(UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue), radix: 16)
            return "#" + String(repeating: "0", count: 6 - number.count) + number
        }
    }
}
