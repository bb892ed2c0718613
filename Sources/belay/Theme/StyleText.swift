import Screen

extension Style {
    /// The parameters of SGR that set it.
    var parameters: String {
        let codes: [(Attributes, String)] = [
            (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"), (.strike, "9"),
        ]
        let set = codes.filter { attributes.contains($0.0) }.map(\.1)
        return (["0"] + set + [foreground.parameter(38), background.parameter(48)].compactMap(\.self))
            .joined(separator: ";")
    }

    /// The style as a theme file writes it.
    var text: String {
        let names: [(Attributes, String)] = [
            (.bold, "bold"), (.dim, "dim"), (.italic, "italic"), (.underline, "underline"), (.reverse, "reverse"),
            (.strike, "strike"),
        ]
        let colors = foreground.text + (background == .default ? "" : " on \(background.text)")
        return ([colors] + names.filter { attributes.contains($0.0) }.map { "+\($0.1)" }).joined(separator: " ")
    }
}

extension Color {
    fileprivate func parameter(_ kind: Int) -> String? {
        switch self {
        case .default: nil
        case .palette(let index): "\(kind);5;\(index)"
        case .rgb(let red, let green, let blue): "\(kind);2;\(red);\(green);\(blue)"
        }
    }
}
