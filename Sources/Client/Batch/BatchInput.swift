import Glibc
import NIOCore
import Wire

/// Where a batch run's prompts come from.
public enum BatchInput {
    /// How standard input is read.
    public enum Form: String, Hashable, Sendable, CaseIterable {
        /// A prompt a line; empty lines are skipped.
        case lines
        /// All of it is one prompt.
        case text
        /// A JSON object a line: `{"prompt":"…"}`.
        case jsonl
    }

    /// The most that is read of standard input or a file, in bytes.
    public static let bytesMaximum = 64 << 20

    /// All of a descriptor, as text.
    ///
    /// - Throws: ``ClientError/data(_:)`` when it is not UTF-8 or longer than the bound, ``ClientError/input(_:)``
    ///   when it cannot be read.
    public static func readAll(_ descriptor: Int32, name: String) throws(ClientError) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .input("cannot read \(name): \(String(cString: strerror(errno)))")
            }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMaximum else {
                throw .data("\(name) has more than \(bytesMaximum >> 20) MiB: split it")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .data("\(name) is not UTF-8: convert it, for example with iconv")
        }
        return text
    }

    /// A whole file.
    public static func readFile(_ path: String) throws(ClientError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .input("cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try readAll(descriptor, name: path)
    }

    /// The prompts in what was read.
    ///
    /// - Parameter isNullSeparated: Whether prompts end with NUL and not with a line.
    /// - Throws: ``ClientError/data(_:)``, naming the line.
    public static func prompts(
        in text: String, form: Form, isNullSeparated: Bool = false
    ) throws(ClientError) -> [String] {
        if isNullSeparated { return text.split(separator: "\0").map(String.init) }
        switch form {
        case .text: return text.isEmpty ? [] : [text]
        case .lines:
            return text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).map(String.init)
        case .jsonl:
            var prompts: [String] = []
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                if line.allSatisfy(\.isWhitespace) { continue }
                guard let json = try? JSON(parsing: String(line)), let prompt = json["prompt"]?.string else {
                    throw .data("line \(index + 1) of the standard input is no object with a \"prompt\"")
                }
                prompts.append(prompt)
            }
            return prompts
        }
    }
}
