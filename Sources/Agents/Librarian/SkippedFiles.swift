import Wire

/// The files that were skipped, as they are recorded and as the answer mentions them.
struct SkippedFiles: Hashable, Sendable {
    /// How many are recorded by name.
    static let namesRecorded = 20

    /// How many there are.
    var count: Int
    /// The first of them.
    var named: [Listing.Skipped]

    init(_ files: [Listing.Skipped]) {
        count = files.count
        named = Array(files.prefix(SkippedFiles.namesRecorded))
    }

    /// Decodes the record.
    init(json: JSON?) {
        count = Int(clamping: json?["count"]?.integer(in: .count) ?? 0)
        named = (json?["named"]?.array ?? []).compactMap { file in
            guard let path = file["path"]?.string, let reason = file["reason"]?.string.flatMap(SkipReason.init) else {
                return nil
            }
            return Listing.Skipped(path: path, reason: reason)
        }
    }

    /// The record as JSON.
    var json: JSON {
        [
            "count": .integer(Int64(count)),
            "named": .array(
                named.map { ["path": .string($0.path), "reason": .string($0.reason.rawValue)] }),
        ]
    }

    static func + (left: SkippedFiles, right: SkippedFiles) -> SkippedFiles {
        var sum = SkippedFiles(left.named + right.named)
        sum.count = left.count + right.count
        return sum
    }

    /// One sentence; `nil` when nothing was skipped.
    func sentence(naming maximum: Int) -> String? {
        guard count > 0 else { return nil }
        var items = named.prefix(maximum).map { "\(Markdown.code($0.path)) (\($0.reason.rawValue))" }
        if count > items.count {
            items.append(items.isEmpty ? "\(count) \(count == 1 ? "file" : "files")" : "\(count - items.count) more")
        }
        let list =
            items.count == 1 ? items[0] : items.dropLast().joined(separator: ", ") + " and " + items[items.count - 1]
        return "I skipped \(list)."
    }
}
