/// The themes that are part of the program, as the text of their files.
enum BuiltInThemes {
    /// Their names, the default first.
    static let names = ["terminal", "tide", "paper", "ember", "fjord", "contrast", "mono"]

    /// The file of a theme; `nil` when there is none with this name.
    static func text(_ name: String) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func bytes(_ name: String) -> [UInt8]? {
        switch name {
        case "terminal": PackageResources.terminal_toml
        case "tide": PackageResources.tide_toml
        case "paper": PackageResources.paper_toml
        case "ember": PackageResources.ember_toml
        case "fjord": PackageResources.fjord_toml
        case "contrast": PackageResources.contrast_toml
        case "mono": PackageResources.mono_toml
        default: nil
        }
    }
}
