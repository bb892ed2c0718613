import Glibc
import Wire

/// The files that a prompt mentions as `@path` or `@"a path"`, as resource links behind its text (ACP, Content): the agent
/// need not guess which file is meant.
enum PromptLinks {
    /// The most links of a prompt; what is mentioned behind them is text only.
    static let maximum = 32

    /// A prompt as content blocks.
    ///
    /// - Parameters:
    ///   - text: What the user typed. It stays as it is.
    ///   - folder: The folder of the chat on this machine; `nil` for one on another, whose files are unknown.
    static func content(of text: String, in folder: String?) -> [ContentBlock] {
        guard let folder, text.utf8.contains(UInt8(ascii: "@")) else { return [.text(text)] }
        var links: [ContentBlock] = []
        for path in mentions(in: text) where links.count < maximum {
            guard let path = file(path, in: folder) else { continue }
            let link = ContentBlock.resourceLink(name: path, uri: uri(of: "\(folder)/\(path)"))
            if !links.contains(link) { links.append(link) }
        }
        return [.text(text)] + links
    }

    /// What follows an `@` that begins a word.
    private static func mentions(in text: String) -> [String] {
        var paths: [String] = []
        var rest = text[...]
        var before: Character?
        while let character = rest.first {
            rest = rest.dropFirst()
            defer { before = character }
            guard character == "@", before.map({ $0.isWhitespace || "([{'\"`".contains($0) }) ?? true else { continue }
            if rest.first == "\"" {
                let quoted = rest.dropFirst().prefix { $0 != "\"" && !$0.isNewline }
                paths.append(String(quoted))
                rest = rest.dropFirst(quoted.count + 1)
            } else {
                paths.append(String(rest.prefix { !$0.isWhitespace }))
            }
        }
        return paths
    }

    /// The path, or what is left of it without the punctuation of a sentence, when it names something in the folder.
    private static func file(_ word: String, in folder: String) -> String? {
        var path = word[...]
        while !path.isEmpty {
            if isInside(path), access("\(folder)/\(path)", F_OK) == 0 { return String(path) }
            guard let last = path.last, ".,;:!?)]}'\"`".contains(last) else { return nil }
            path = path.dropLast()
        }
        return nil
    }

    private static func isInside(_ path: Substring) -> Bool {
        !path.hasPrefix("/") && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }

    private static func uri(of path: String) -> String {
        var uri = "file://"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                uri += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return uri
    }
}
