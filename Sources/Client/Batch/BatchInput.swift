import NIOCore
import Platform
import SystemPackage
import Wire

/// Reads the prompts of a batch run.
public enum BatchInput {
    /// `--input`: how the standard input is split into prompts.
    public enum Form: String, Hashable, Sendable, CaseIterable {
        /// One prompt per line; lines in which nothing can be seen are skipped.
        case lines
        /// All of it is one prompt.
        case text
        /// One JSON object per line: `{"prompt":"…"}`.
        case jsonl
    }

    /// The most that is read from the standard input or a file, in bytes.
    public static let bytesMaximum = 64 << 20

    /// All of the standard input.
    ///
    /// - Throws: ``ClientError/data(_:)`` when it is not UTF-8 or longer than the bound, ``ClientError/input(_:)`` when
    ///   it cannot be read.
    public static func readStandardInput() throws(ClientError) -> String {
        do {
            return withoutMark(
                try WholeFile.text(of: .standardInput, named: "the standard input", atMost: bytesMaximum))
        } catch { throw refusal(error, "the standard input") }
    }

    /// Reads a file named with `-f`, whole.
    ///
    /// - Throws: As ``readStandardInput()`` does.
    public static func readFile(_ path: String) throws(ClientError) -> String {
        do { return withoutMark(try WholeFile.text(path, atMost: bytesMaximum)) } catch { throw refusal(error, path) }
    }

    /// The text without a byte order mark at its start, which editors write and which is no part of it.
    private static func withoutMark(_ text: String) -> String {
        text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    private static func refusal(_ error: SystemError, _ name: String) -> ClientError {
        switch error.code {
        case .fileTooLarge: .data("\(name) has more than \(bytesMaximum >> 20) MiB: split it")
        case .illegalByteSequence: .data("\(name) is not UTF-8: convert it, for example with iconv")
        default: .input("\(error)")
        }
    }

    /// Splits what was read into prompts.
    ///
    /// - Parameter isNullSeparated: Whether prompts end with NUL and not with a line.
    /// - Throws: ``ClientError/data(_:)``, naming the number of the line that is wrong.
    public static func prompts(
        in text: String, form: Form, isNullSeparated: Bool = false
    ) throws(ClientError) -> [String] {
        if isNullSeparated {
            return text.utf8.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.filter { !$0.isInvisible }
        }
        switch form {
        case .text: return text.isEmpty ? [] : [text]
        case .lines:
            return TextLines.split(text).filter { !$0.isInvisible }
        case .jsonl:
            var prompts: [String] = []
            for (index, line) in TextLines.split(text).enumerated() {
                if line.isInvisible { continue }
                guard let json = try? JSON(parsing: line), let prompt = json["prompt"]?.string else {
                    throw .data("line \(index + 1) of the standard input is not a JSON object with a \"prompt\"")
                }
                prompts.append(prompt)
            }
            return prompts
        }
    }
}
