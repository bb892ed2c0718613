/// One block of the transcript, chosen with the keyboard to be opened, folded or copied.
extension Transcript {
    /// The index of the chosen block; `nil` when none is, or it is held no more.
    var selectedItem: Int? {
        guard let selected, blocks.indices.contains(selected - firstID) else { return nil }
        return selected - firstID
    }

    /// Chooses the block above or below the chosen one; the last one in view when none is. Below the last one none is.
    mutating func moveSelection(up: Bool, height: Int, with painter: BlockPainter) {
        let next: Int?
        if let selectedItem {
            next =
                up
                ? blocks[..<selectedItem].lastIndex(where: \.canBeSelected)
                : blocks[(selectedItem + 1)...].firstIndex(where: \.canBeSelected)
            if next == nil, up { return }
        } else {
            guard up else { return }
            let end = place(height, below: top(height: height, with: painter), with: painter).0
            next = blocks[..<min(blocks.count, end.line > 0 ? end.item + 1 : end.item)]
                .lastIndex(where: \.canBeSelected)
        }
        selected = next.map { firstID + $0 }
        if let next { reveal(next, height: height, with: painter) }
    }

    /// Opens or folds the chosen block; its first line stays where it is.
    ///
    /// - Returns: Whether it is one that folds.
    mutating func toggleSelected(height: Int, with painter: BlockPainter) -> Bool {
        guard let item = selectedItem, blocks[item].canBeFolded else { return false }
        read(from: top(height: height, with: painter), with: painter)
        setOther(item, !blocks[item].isFoldedOtherwise)
        reveal(item, height: height, with: painter)
        return true
    }

    /// Opens or folds all tool calls and thoughts; none is an exception any more.
    mutating func toggleAll() {
        isUnfolded.toggle()
        for item in blocks.indices where blocks[item].isFoldedOtherwise { setOther(item, false) }
    }

    private mutating func setOther(_ item: Int, _ isOther: Bool) {
        blocks[item].isFoldedOtherwise = isOther
        blocks[item].version += 1
        blocks[item].base += 1
    }

    /// Scrolls as little as shows all of a block, or its beginning when it is higher than the view.
    private mutating func reveal(_ item: Int, height: Int, with painter: BlockPainter) {
        let first = Place(item: item, line: 0)
        let view = top(height: height, with: painter)
        if first < view { return read(from: first, with: painter) }
        let lowest = place(height, above: Place(item: item + 1, line: 0), with: painter).0
        if view < lowest { read(from: min(lowest, first), with: painter) }
    }
}

extension Transcript.Place: Comparable {
    static func < (left: Transcript.Place, right: Transcript.Place) -> Bool {
        (left.item, left.line) < (right.item, right.line)
    }
}

extension Block {
    /// Whether it is something that was said or done.
    fileprivate var canBeSelected: Bool {
        switch body {
        case .message(let message): !message.isBlank
        case .tool: true
        case .line: false
        }
    }

    fileprivate var canBeFolded: Bool {
        switch body {
        case .message(let message): message.isFolded
        case .tool(let tool): !tool.detail.outputs.isEmpty
        case .line: false
        }
    }
}
