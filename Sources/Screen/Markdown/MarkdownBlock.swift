/// A block of Markdown, as values: what ``MarkdownParser`` finds in a text and the painter lays out.
indirect enum MarkdownBlock: Hashable, Sendable {
    case paragraph(RichText)
    case heading(level: Int, RichText)
    case code(CodeBlock)
    case quote([MarkdownBlock])
    case list([Item])
    case table(Table)
    case rule
    /// Text that is shown as it was written: HTML, and what is too much to be laid out.
    case literal([String])
    /// An empty line within a container, where its author left one.
    case space

    /// A block of code.
    struct CodeBlock: Hashable, Sendable {
        /// The first word of the fence's info string.
        var language: String
        var lines: [String]
    }

    /// An item of a list.
    struct Item: Hashable, Sendable {
        var mark: Mark
        var blocks: [MarkdownBlock]
        /// Whether an empty line stands above it.
        var isApart: Bool
    }

    /// What stands in front of an item.
    enum Mark: Hashable, Sendable {
        case bullet
        case number(Int)
        case box(isChecked: Bool)
    }

    /// A table; every row has as many cells as the first, which is its header.
    struct Table: Hashable, Sendable {
        var alignments: [Alignment]
        var header: [RichText]
        var rows: [[RichText]]
    }

    enum Alignment: Hashable, Sendable { case left, center, right }
}
