import Wire

/// Lists the files of the folder and tells the index which there are.
struct ListStep {
    /// How many paths are recorded; the whole list is in the index.
    static let pathsRecorded = 100

    let shelf: IndexShelf
    let limits: LibrarianLimits
    let intent: Understanding.Intent

    func run(_ record: inout TurnRecord) async throws {
        let folder = record.turn.folder
        let under: String? = if case .list(let under) = intent { under } else { nil }
        let request = ToolRequest(
            tool: .listFiles, title: "List the files",
            input: .object(of: ["path": .string(folder.path), "under": under.map { .string($0) }]),
            locations: [ToolCall.Location(path: folder.path)])
        let call = try await record.call(request) { input in
            let listing: Listing
            do {
                listing = try FileLister.list(folder, limits: limits)
            } catch let error as SystemError {
                return .failed(error.description)
            }
            // Only a question needs the list again, when it updates the index.
            if case .question = intent {
                _ = try await LibrarianError.wrappingIndexErrors {
                    try await shelf.withIndex(of: folder) { try await $0.take(listing) }
                }
            }
            return ListStep.result(listing, under: input["under"]?.string)
        }
        if call.status == .failed {
            throw LibrarianError.folder(folder.path, reason: call.rawOutput?["error"]?.string ?? "it is unreadable")
        }
    }

    private static func result(_ listing: Listing, under: String?) -> ToolResult {
        var prefix = under ?? ""
        while prefix.hasPrefix("./") { prefix.removeFirst(2) }
        while prefix.hasSuffix("/") { prefix.removeLast() }
        let inside =
            prefix.isEmpty || prefix == "."
            ? listing.files : listing.files.filter { $0.path == prefix || $0.path.hasPrefix(prefix + "/") }
        let paths = inside.prefix(pathsRecorded).map(\.path)
        let output = JSON.object(of: [
            "files": .integer(Int64(inside.count)),
            "bytes": .integer(inside.reduce(0) { $0 + $1.stamp.size }),
            "paths": .array(paths.map { .string($0) }),
            "ignored": .integer(Int64(listing.ignored)),
            "links": .integer(Int64(listing.links)),
            "skipped": SkippedFiles(listing.skipped).json,
            "limit": listing.limit.map { .string($0.rawValue) },
        ])
        let more = inside.count - paths.count
        let content = paths.map { Markdown.printable($0) } + (more > 0 ? ["… and \(more) more"] : [])
        return ToolResult(output: output, content: content.isEmpty ? "No files." : content.joined(separator: "\n"))
    }
}
