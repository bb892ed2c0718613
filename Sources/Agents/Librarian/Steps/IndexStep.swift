import Wire

/// Brings the index of the folder up to date and searches it for the question's words.
struct IndexStep {
    /// How many hits are recorded.
    static let hitsRecorded = 12
    let shelf: IndexShelf
    let limits: LibrarianLimits
    let question: Question

    func run(_ record: inout TurnRecord) async throws {
        let folder = record.turn.folder
        let request = ToolRequest(
            tool: .search, title: "Search for \(Markdown.printable(question.subject))",
            input: [
                "query": .string(question.expression),
                "terms": .array(question.terms.map { .string($0.word) }),
                "prefers": .string(question.focus.rawValue),
            ])
        _ = try await record.call(request) { _ in
            try await LibrarianError.wrappingIndexErrors {
                try await shelf.withIndex(of: folder) { index in
                    // An index that was quarantined since the list was made has lost it.
                    if try await !index.isListed() {
                        _ = try await index.take(try FileLister.list(folder, limits: limits))
                    }
                    let report = try await index.refresh(folder, limits: limits)
                    let hits = try await index.hits(for: question, limit: IndexStep.hitsRecorded)
                    return result(report, hits: hits, folder.path)
                }
            }
        }
    }

    private func result(_ report: PassageIndex.Report, hits: [Ranking.Hit], _ directory: String) -> ToolResult {
        let output = JSON.object(of: [
            "hits": .array(
                hits.map { hit in
                    [
                        "path": .string(hit.path), "line": .integer(Int64(hit.line)),
                        "endLine": .integer(Int64(hit.endLine)), "score": .number(hit.score),
                    ]
                }),
            "files": .integer(Int64(report.files)),
            "passages": .integer(Int64(report.passages)),
            "indexed": .integer(Int64(report.indexed)),
            "unchanged": .integer(Int64(report.unchanged)),
            "skipped": SkippedFiles(report.skipped).json,
        ])
        let lines = hits.map { "\(Markdown.printable($0.path)):\($0.line) (\($0.score))" }
        return ToolResult(
            output: output, content: lines.isEmpty ? "Nothing found." : lines.joined(separator: "\n"),
            locations: hits.map { ToolCall.Location(path: directory + "/" + $0.path, line: Int64($0.line)) })
    }
}
