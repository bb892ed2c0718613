/// What keeps a hostile text from costing much more than its length.
///
/// libcmark-gfm is linear except where unclosed brackets are nested, and a table has a cell in every row for every
/// column of its header, however short the rows are. A text beyond a bound is shown as it was written.
enum MarkdownBounds {
    /// The most opening brackets of a text.
    static let bracketsMaximum = 4_096
    /// The most cells that the tables of a text may have.
    static let cellsMaximum = 20_000

    /// Whether the text may be parsed.
    static func allow(_ lines: [String]) -> Bool {
        var (brackets, columns) = (0, 0)
        for line in lines {
            var pipes = 0
            var isDelimiter = true
            for byte in line.utf8 {
                switch byte {
                case UInt8(ascii: "["): brackets += 1; isDelimiter = false
                case UInt8(ascii: "|"): pipes += 1
                case UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ">"), 0x20: break
                default: isDelimiter = false
                }
            }
            if isDelimiter { columns = max(columns, pipes + 1) }
        }
        return brackets <= bracketsMaximum && columns * lines.count <= cellsMaximum
    }
}
