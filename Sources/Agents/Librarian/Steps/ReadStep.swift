import FailPoints
import Wire

/// Reads the passages that were found best, from the files as they are now.
struct ReadStep {
    /// How much of a passage is recorded at most, in bytes.
    static let passageBytesMaximum = 8 << 10

    let limits: LibrarianLimits

    func run(_ record: inout TurnRecord) async throws {
        let folder = record.turn.folder
        let hits = record.recorded(.search)?.rawOutput?["hits"]?.array ?? []
        let requests = hits.prefix(limits.passages).enumerated().map { index, hit in
            request(number: index + 1, hit, folder.path)
        }
        try await record.announce(requests)
        for (index, request) in requests.enumerated() {
            if index > 0 {
                try await FailPoint.reached("librarian.step4.passage", scope: record.turn.session.rawValue)
            }
            try Task.checkCancellation()
            _ = try await record.call(request) { read($0, folder) }
        }
    }

    private func request(number: Int, _ hit: JSON, _ directory: String) -> ToolRequest {
        let path = hit["path"]?.string ?? ""
        let line = hit["line"]?.integer(in: .count) ?? 1
        return ToolRequest(
            tool: .readFile, number: number, title: "Read \(Markdown.printable(path)):\(line)",
            input: .object(of: ["path": .string(path), "line": .integer(line), "endLine": hit["endLine"]]),
            locations: [ToolCall.Location(path: directory + "/" + path, line: line)])
    }

    private func read(_ input: JSON, _ folder: SessionFolder) -> ToolResult {
        let path = input["path"]?.string ?? ""
        let line = Int(clamping: input["line"]?.integer(in: .count) ?? 1)
        let endLine = Int(clamping: input["endLine"]?.integer(in: .count) ?? Int64(line))
        do {
            switch try Folder(folder).contents(of: path, bytesMaximum: limits.fileBytes) {
            case .text(let text, _):
                guard var passage = Passage(of: text, from: line, to: endLine) else {
                    return .failed("the file has become too short")
                }
                while passage.text.utf8.count > ReadStep.passageBytesMaximum { passage.lines.removeLast() }
                let scope = Enclosure.name(
                    of: passage.line, in: text.lines, isMarkdown: FileKind.isMarkdown(path))
                return ToolResult(
                    output: .object(of: [
                        "path": .string(path), "line": .integer(Int64(passage.line)),
                        "lines": .array(passage.lines.map { .string($0) }), "in": scope.map { .string($0) },
                    ]),
                    content: Markdown.block(passage.lines, language: Markdown.language(of: path)))
            case .skipped(let reason, _): return .failed("the file cannot be used any more: \(reason.rawValue)")
            case .gone: return .failed("the file is gone")
            }
        } catch {
            return .failed("the folder cannot be read: \(error)")
        }
    }
}
