import Screen

extension ColorDepth {
    /// The colours of a terminal type with this number of them.
    init(colors: Int) {
        self =
            switch colors {
            case ..<8: .mono
            case 8..<16: .eight
            case 16..<256: .sixteen
            case 256..<0x100_0000: .indexed
            default: .direct
            }
    }

    /// The number by which ncurses knows a colour, or the most similar one that the terminal has; −1 is the terminal's
    /// default.
    func number(of color: Color) -> Int32 {
        switch (self, reduced(color)) {
        case (_, .default): -1
        case (.direct, .palette(let index)) where index >= 8: Self.direct(XtermPalette.color(index))
        case (_, .palette(let index)): Int32(index)
        case (_, .rgb(let red, let green, let blue)): Self.direct(RGB(red: red, green: green, blue: blue))
        }
    }

    /// The number of a 24-bit colour. Numbers below 256 mean the palette, so the darkest blues get a little green.
    private static func direct(_ color: RGB) -> Int32 {
        let number = Int32(color.red) << 16 | Int32(color.green) << 8 | Int32(color.blue)
        return number < 0x100 ? number + 0x100 : number
    }
}
