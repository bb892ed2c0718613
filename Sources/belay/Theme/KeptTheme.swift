import Client
import Platform
import Wire

/// The name of the theme that `/theme` took last, in a file of the state folder: it is there again at the next start.
struct KeptTheme {
    /// The theme when nothing says otherwise.
    static let standard = "terminal"
    private static let bytesMaximum = 256

    private let path: String

    init(folder: String) { path = folder + "/theme" }

    /// The name; `nil` when none is kept. A file that cannot be read keeps nobody from the chat.
    var name: String? {
        let text = try? WholeFile.text(path, atMost: KeptTheme.bytesMaximum, isRegular: true)
        return text.map(\.trimmed).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Keeps a name.
    func keep(_ name: String) throws(SystemError) { try WholeFile.replace(path, with: name + "\n") }
}
