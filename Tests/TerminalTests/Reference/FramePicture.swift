@testable import Screen
@testable import Terminal

/// The cells that a frame describes, by the rules of ``Frame``: spans one after the other, each character in as many
/// cells as it has columns, marks in the cell of their character, and nothing beyond the edge.
struct FramePicture {
    private(set) var cells: [[ReferenceTerminal.Cell]]

    /// - Parameters:
    ///   - links: Whether the terminal has links.
    ///   - corner: Whether a wide character can stand before the last cell of the screen, and that be filled where it is
    ///     the only one of its row.
    init(_ frame: Frame, links: Bool, corner: Bool) {
        cells = (0..<frame.size.rows).map { row in
            var cells: [ReferenceTerminal.Cell] = []
            let isBlank = row >= frame.rows.count || !corner && frame.size.columns == 1 && row == frame.size.rows - 1
            spans: for span in isBlank ? [] : frame.rows[row] {
                // What does not fit, and what is no address that terminals take, is text only.
                let isShown = links && cells.count + span.text.columns <= frame.size.columns
                let link = isShown ? span.link.flatMap { LinkPainter.isSafe($0) ? $0 : nil } : nil
                for scalar in span.text.unicodeScalars {
                    let width = columns(of: scalar)
                    if cells.count + width > frame.size.columns { break spans }
                    switch width {
                    case 0:
                        guard let last = cells.lastIndex(where: { !$0.isRightHalf }) else { continue }
                        cells[last].text.unicodeScalars.append(scalar)
                    case 1: cells.append(.init(text: String(scalar), style: span.style, link: link))
                    case _ where !corner && row == frame.size.rows - 1 && cells.count + 3 == frame.size.columns:
                        cells += Array(repeating: .init(style: span.style, link: link), count: 2)
                    default:
                        cells.append(.init(text: String(scalar), style: span.style, link: link))
                        cells.append(.init(text: "", style: span.style, link: link, isRightHalf: true))
                    }
                }
            }
            return cells + Array(repeating: .init(), count: frame.size.columns - cells.count)
        }
    }

    /// The first cell where a terminal shows something else, in words; `nil` when there is none.
    ///
    /// - Parameter depth: The colours that the terminal has; `nil` when only the characters are compared.
    func difference(to terminal: ReferenceTerminal, depth: ColorDepth?) -> String? {
        for (row, line) in cells.enumerated() {
            for (column, wanted) in line.enumerated() {
                let shown = terminal.cells[row][column]
                if seen(wanted, depth) != seen(shown, depth) {
                    return "\(column),\(row): \(wanted) is shown as \(shown)"
                }
            }
        }
        return nil
    }

    /// What can be seen of a cell: of a blank only its background and its lines.
    private func seen(_ cell: ReferenceTerminal.Cell, _ depth: ColorDepth?) -> ReferenceTerminal.Cell {
        var cell = cell
        guard let depth else {
            (cell.style, cell.link) = (.plain, nil)
            return cell
        }
        cell.style.foreground = depth.reduced(cell.style.foreground)
        cell.style.background = depth.reduced(cell.style.background)
        if cell.text == " " {
            cell.style.attributes.formIntersection([.underline, .reverse, .strike])
            if cell.style.attributes.isEmpty { cell.style.foreground = .default }
        }
        return cell
    }
}
