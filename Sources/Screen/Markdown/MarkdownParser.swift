private import CMarkdown

/// Finds the blocks of a text in Markdown (CommonMark, with GitHub's tables, task lists, strikethrough and bare links).
///
/// The text is sanitized before. It is bounded (``MessageBlock/bytesMaximum``), and what could make the parser or its
/// result much larger than the text is shown as it was written (``MarkdownBounds``).
struct MarkdownParser {
    /// A block at the top of the text.
    struct Piece: Hashable, Sendable {
        /// The line of the text that it begins with, from 0.
        var line: Int
        var block: MarkdownBlock
    }

    /// How deep containers are nested; what is deeper is shown as one paragraph.
    static let depthMaximum = 12

    private let lines: [String]

    /// The blocks of a text, in order. Empty lines between them are not part of any.
    static func pieces(of lines: [String]) -> [Piece] {
        if !MarkdownBounds.allow(lines) { return [Piece(line: 0, block: .literal(lines))] }
        return MarkdownParser(lines: lines).pieces()
    }

    private func pieces() -> [Piece] {
        var text = MarkdownParser.withoutDefinitions(lines).joined(separator: "\n")
        let root = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { markdown_parse($0, characters.count) }
            }
        }
        guard let root else { return [] }
        defer { cmark_node_free(root) }
        var pieces: [Piece] = []
        for node in Children(of: root) {
            if let block = block(node, depth: 0) { pieces.append(Piece(line: line(of: node), block: block)) }
        }
        return pieces
    }

    /// The line that a node begins with, from 0. A paragraph whose last line turned out to be the header of a table has
    /// none: it begins where the table claims to begin.
    private func line(of node: OpaquePointer) -> Int {
        let own = Int(cmark_node_get_start_line(node))
        if own > 0 { return own - 1 }
        return cmark_node_next(node).map { max(1, Int(cmark_node_get_start_line($0))) - 1 } ?? 0
    }

    /// The text with a mark in front of what could define a link (`[1]: https://…`), which makes it text. Markdown hides
    /// definitions, and turns every `[1]` of the whole text into a link; but a text that streams in has been laid out
    /// when they come, last as a rule.
    ///
    /// The mark is a control character, which sanitized text has none of; ``literal(of:)`` takes it out again.
    private static func withoutDefinitions(_ lines: [String]) -> [String] {
        lines.map { line in
            guard let bracket = line.openingBracket else { return line }
            return line[..<bracket] + "\u{1}" + line[bracket...]
        }
    }

    // MARK: Blocks

    private func block(_ node: OpaquePointer, depth: Int) -> MarkdownBlock? {
        switch markdown_kind_of(node) {
        case MARKDOWN_PARAGRAPH: return .paragraph(MarkdownInlines.text(of: node))
        case MARKDOWN_HEADING:
            return .heading(level: Int(cmark_node_get_heading_level(node)), MarkdownInlines.text(of: node))
        case MARKDOWN_RULE: return .rule
        case MARKDOWN_CODE_BLOCK: return .code(code(node))
        case MARKDOWN_HTML_BLOCK: return .literal(MarkdownParser.split(literal(of: node)))
        case MARKDOWN_TABLE: return .table(table(node))
        case MARKDOWN_QUOTE where depth < MarkdownParser.depthMaximum: return .quote(blocks(in: node, depth: depth + 1))
        case MARKDOWN_LIST where depth < MarkdownParser.depthMaximum: return .list(items(of: node, depth: depth + 1))
        case MARKDOWN_QUOTE, MARKDOWN_LIST: return .paragraph(MarkdownInlines.text(of: node))
        default: return nil
        }
    }

    /// The blocks of a container, apart from one another where an empty line was between them.
    private func blocks(in node: OpaquePointer, depth: Int) -> [MarkdownBlock] {
        var blocks: [MarkdownBlock] = []
        for child in Children(of: node) {
            guard let block = block(child, depth: depth) else { continue }
            if !blocks.isEmpty, isBlankAbove(child) { blocks.append(.space) }
            blocks.append(block)
        }
        return blocks
    }

    /// Whether the line above a block is empty, but for the marks of quotes around it.
    private func isBlankAbove(_ node: OpaquePointer) -> Bool {
        let above = Int(cmark_node_get_start_line(node)) - 2
        return lines.indices.contains(above) && lines[above].utf8.allSatisfy { $0 == 0x20 || $0 == UInt8(ascii: ">") }
    }

    private func items(of list: OpaquePointer, depth: Int) -> [MarkdownBlock.Item] {
        let isOrdered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST
        var number = Int(cmark_node_get_list_start(list))
        return Children(of: list).enumerated().map { index, item in
            defer { number += 1 }
            let mark: MarkdownBlock.Mark =
                markdown_is_task(item)
                ? .box(isChecked: markdown_is_checked(item)) : isOrdered ? .number(number) : .bullet
            return MarkdownBlock.Item(
                mark: mark, blocks: blocks(in: item, depth: depth), isApart: index > 0 && isBlankAbove(item))
        }
    }

    private func code(_ node: OpaquePointer) -> MarkdownBlock.CodeBlock {
        var lines = MarkdownParser.split(literal(of: node))
        if lines.last == "" { lines.removeLast() }
        let info = cmark_node_get_fence_info(node).map { String(cString: $0) } ?? ""
        return MarkdownBlock.CodeBlock(language: Fence.language(of: info), lines: lines)
    }

    private func table(_ node: OpaquePointer) -> MarkdownBlock.Table {
        var rows = Children(of: node).map { row in Children(of: row).map { MarkdownInlines.text(of: $0) } }
        let header = rows.isEmpty ? [] : rows.removeFirst()
        let alignments = header.indices.map { index -> MarkdownBlock.Alignment in
            switch UInt8(bitPattern: markdown_alignment(node, Int32(index))) {
            case UInt8(ascii: "r"): .right
            case UInt8(ascii: "c"): .center
            default: .left
            }
        }
        return MarkdownBlock.Table(alignments: alignments, header: header, rows: rows)
    }

    private func literal(of node: OpaquePointer) -> String {
        let text = cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
        return text.utf8.contains(1) ? text.filter { $0 != "\u{1}" } : text
    }

    private static func split(_ text: String) -> [String] {
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
    }
}

/// The children of a node.
struct Children: Sequence, IteratorProtocol {
    private var following: OpaquePointer?

    init(of node: OpaquePointer) { following = cmark_node_first_child(node) }

    mutating func next() -> OpaquePointer? {
        guard let node = following else { return nil }
        following = cmark_node_next(node)
        return node
    }
}

extension String {
    /// Where a line begins with a bracket, behind the marks of containers, unless it is the box of a task.
    fileprivate var openingBracket: Index? {
        let marks: Set<UInt8> = Set(" >-+*.)0123456789".utf8)
        guard let start = utf8.firstIndex(where: { !marks.contains($0) }), utf8[start] == UInt8(ascii: "[") else {
            return nil
        }
        let box = Array(utf8[start...].prefix(4))
        let isTask = box.count >= 3 && " xX".utf8.contains(box[1]) && box[2] == UInt8(ascii: "]")
        return isTask && (box.count < 4 || box[3] == 0x20) ? nil : start
    }
}
