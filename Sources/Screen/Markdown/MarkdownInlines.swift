private import CMarkdown

/// Collects the inline text of a node. It walks instead of calling itself: marks may be nested as deep as the text is
/// long.
enum MarkdownInlines {
    static func text(of node: OpaquePointer) -> RichText {
        var text = RichText()
        var marks: [RichText.Marks] = [[]]
        // The open links: where the text of each begins, to compare it with the address.
        var links: [(start: String.Index, address: String)] = []
        guard let walk = cmark_iter_new(node) else { return text }
        defer { cmark_iter_free(walk) }
        while true {
            let event = cmark_iter_next(walk)
            if event == CMARK_EVENT_DONE { break }
            guard let inner = cmark_iter_get_node(walk) else { break }
            let isEntered = event == CMARK_EVENT_ENTER
            let mark = marks[marks.count - 1]
            switch markdown_kind_of(inner) {
            case MARKDOWN_TEXT: text.add(literal(of: inner), mark, link: links.last?.address)
            case MARKDOWN_CODE: text.add(literal(of: inner), mark.union(.code), link: links.last?.address)
            case MARKDOWN_HTML:
                let tag = literal(of: inner)
                if tag.isLineBreak { text.add("\n", mark) } else { text.add(tag, mark.union(.aside)) }
            // In a chat a new line is meant as one.
            case MARKDOWN_SOFT_BREAK, MARKDOWN_LINE_BREAK: text.add("\n", mark)
            case MARKDOWN_CODE_BLOCK, MARKDOWN_HTML_BLOCK: text.add(literal(of: inner) + " ", mark)
            case MARKDOWN_EMPHASIS: marks.follow(isEntered, mark.union(.emphasis))
            case MARKDOWN_STRONG: marks.follow(isEntered, mark.union(.strong))
            case MARKDOWN_STRIKE: marks.follow(isEntered, mark.union(.strike))
            case MARKDOWN_IMAGE where isEntered:
                text.add("image: ", mark.union(.aside))
                fallthrough
            case MARKDOWN_LINK, MARKDOWN_IMAGE:
                marks.follow(isEntered, mark.union(.link))
                if isEntered {
                    links.append((text.text.endIndex, address(of: inner)))
                } else if let link = links.popLast() {
                    let marks = mark.subtracting(.link).union(.aside)
                    add(link.address, of: text.text[link.start...], to: &text, marks)
                }
            case MARKDOWN_PARAGRAPH, MARKDOWN_ITEM, MARKDOWN_TABLE_CELL:
                // Only within what is nested too deep to be laid out.
                if !isEntered, inner != node { text.add(" ", mark) }
            default: break
            }
        }
        return text
    }

    /// Adds the address of a link whose text does not tell it: nobody should have to guess where a link leads.
    private static func add(_ address: String, of label: Substring, to text: inout RichText, _ marks: RichText.Marks) {
        if address.isEmpty || label == address { return }
        if address == "http://" + label || address == "mailto:" + label { return }
        text.add(label.isEmpty ? address : " (\(address))", marks, link: address)
    }

    private static func address(of node: OpaquePointer) -> String {
        cmark_node_get_url(node).map { String(cString: $0).printable } ?? ""
    }

    private static func literal(of node: OpaquePointer) -> String {
        cmark_node_get_literal(node).map { String(cString: $0).printable } ?? ""
    }
}

extension [RichText.Marks] {
    /// Enters or leaves a mark.
    fileprivate mutating func follow(_ isEntered: Bool, _ marks: RichText.Marks) {
        if isEntered { append(marks) } else if count > 1 { removeLast() }
    }
}

extension String {
    /// The text without what an entity such as `&#27;` has turned into; the source had been sanitized before.
    fileprivate var printable: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
        return paintedLine
    }

    /// Whether a tag is `<br>`, which people write in cells of tables.
    fileprivate var isLineBreak: Bool {
        utf8.count <= 6 && lowercased().filter { $0 != " " && $0 != "/" } == "<br>"
    }
}
