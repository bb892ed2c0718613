public import Foundation

/// Compares what was produced with a file that was looked at and kept.
///
/// `RECORD_GOLDENS=1` writes the files instead; the change then shows in the commit as a diff that a person reads.
/// The files live in a `Goldens` folder beside the test.
public enum Golden {
    /// What was produced is not what is kept.
    public struct Mismatch: Error, Hashable, CustomStringConvertible {
        /// The file.
        public var path: String
        /// The lines that differ; empty when there is no file.
        public var difference: String

        /// What to look at and what to do, with the diff.
        public var description: String {
            difference.isEmpty
                ? "no golden file \(path); RECORD_GOLDENS=1 writes it"
                : "not as in \(path); if the change is meant, RECORD_GOLDENS=1 records it\n\(difference)"
        }
    }

    /// The environment variable that makes goldens be written.
    public static let variable = "RECORD_GOLDENS"

    /// Compares a text with the golden of that name.
    ///
    /// - Parameters:
    ///   - text: What was produced. A newline is added at its end when it has none.
    ///   - name: The file's name with its ending.
    ///   - test: The test's source file; the goldens lie in a folder beside it.
    /// - Throws: ``Mismatch`` with a unified diff, from the golden to what was produced.
    public static func check(_ text: String, named name: String, beside test: String = #filePath) throws {
        let folder = URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("Goldens")
        let isRecording = ProcessInfo.processInfo.environment[variable] == "1"
        try check(text, at: folder.appendingPathComponent(name), isRecording: isRecording)
    }

    /// Compares a text with a file, or writes it there.
    public static func check(_ text: String, at file: URL, isRecording: Bool) throws {
        let text = text.hasSuffix("\n") ? text : text + "\n"
        if isRecording {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            return
        }
        guard let kept = FileManager.default.contents(atPath: file.path) else {
            throw Mismatch(path: file.path, difference: "")
        }
        // Bytes are compared: two texts that only look alike are not the same screen to a terminal.
        guard kept != Data(text.utf8) else { return }
        let difference = unifiedDiff(from: String(decoding: kept, as: UTF8.self), to: text)
        throw Mismatch(path: file.path, difference: difference)
    }
}
