import Glibc

/// The options: each is a name and a value.
struct Arguments {
    private let words = Array(CommandLine.arguments.dropFirst())

    func text(_ name: String) -> String? {
        guard let index = words.firstIndex(of: name) else { return nil }
        guard index + 1 < words.count else {
            print("fuzz: \(name) wants a value")
            exit(64)
        }
        return words[index + 1]
    }

    func number(_ name: String) -> UInt64? {
        guard let text = text(name) else { return nil }
        guard let number = UInt64(text), number < 1 << 62 else {
            print("fuzz: \(name) wants a number")
            exit(64)
        }
        return number
    }
}
