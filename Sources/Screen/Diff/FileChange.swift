import Wire

/// What an edit changes in a file, as the hunks of a diff: the lines that are added and removed, and a little of what is
/// around them.
struct FileChange: Hashable, Sendable {
    struct Row: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case context, added, removed }

        var kind: Kind
        /// The number of the line in the old text, from 1; 0 when it is added.
        var oldNumber: Int
        /// The number of the line in the new text, from 1; 0 when it is removed.
        var newNumber: Int
        /// The text, sanitized.
        var text: String
    }

    /// The lines of context above and below a change.
    static let contextLines = 2
    /// The most rows that are kept.
    static let rowsMaximum = 400

    let path: String
    private(set) var hunks: [[Row]] = []
    private(set) var added = 0
    private(set) var removed = 0
    /// How many rows are left out at the end.
    private(set) var omitted = 0

    init(path: String, from old: String, to new: String) {
        self.path = path.label
        let script = EditScript(from: old, to: new)
        (added, removed) = (script.added, script.removed)
        var hunk: [Row] = []
        var kept = 0
        for step in script.steps(context: FileChange.contextLines) {
            guard let row = step.row(in: script) else {
                if !hunk.isEmpty { hunks.append(hunk) }
                hunk = []
                continue
            }
            if kept == FileChange.rowsMaximum {
                omitted += 1
            } else {
                hunk.append(row)
                kept += 1
            }
        }
        if !hunk.isEmpty { hunks.append(hunk) }
    }

    /// The rows of all hunks, in order.
    var rows: [Row] { hunks.flatMap { $0 } }

    /// The approximate memory, in bytes.
    var bytes: Int { hunks.reduce(64) { $1.reduce($0) { $0 + 48 + $1.text.utf8.count } } }
}

extension EditScript.Step {
    /// The row that shows it; `nil` between hunks.
    fileprivate func row(in script: EditScript) -> FileChange.Row? {
        switch self {
        case .gap: nil
        case .keep(let old, let new): FileChange.Row(.context, old: old, new: new, script.new[new])
        case .add(let line): FileChange.Row(.added, new: line, script.new[line])
        case .remove(let line): FileChange.Row(.removed, old: line, script.old[line])
        }
    }
}

extension FileChange.Row {
    /// - Parameters:
    ///   - old: The index of the line in the old text.
    ///   - new: Its index in the new one.
    fileprivate init(_ kind: Kind, old: Int = -1, new: Int = -1, _ line: EditScript.Line) {
        self.init(kind: kind, oldNumber: old + 1, newNumber: new + 1, text: String(line.text).label)
    }
}
