/// The scroll position of the view in the transcript, in lines.
///
/// Only blocks near the view are laid out: every function here walks from a known block, at most as far as the screen
/// is high.
extension Transcript {
    /// A line of a block, by the block's index.
    struct Place: Hashable, Sendable {
        var item: Int
        var line: Int
    }

    /// The layout of the block at an index, from the cache or made now.
    func layout(at item: Int, with painter: BlockPainter) -> BlockLayout {
        let old = item < blocks.count ? layouts[firstID + item] : tailLayouts[item - blocks.count]
        let previous = item > 0 ? self.item(item - 1) : nil
        return painter.layout(self.item(item), after: previous, keeping: old)
    }

    /// The height of the block at an index, in lines; its layout is cached.
    mutating func height(at item: Int, with painter: BlockPainter) -> Int {
        let isHeld = item < blocks.count
        let old = isHeld ? layouts[firstID + item] : tailLayouts[item - blocks.count]
        if let old, old.version == self.item(item).version { return old.lines.count }
        let previous = item > 0 ? self.item(item - 1) : nil
        let layout = painter.layout(self.item(item), after: previous, keeping: old)
        if isHeld { layouts[firstID + item] = layout } else { tailLayouts[item - blocks.count] = layout }
        return layout.lines.count
    }

    /// The place `count` lines above, or the first line, and how far that is.
    mutating func place(_ count: Int, above place: Place, with painter: BlockPainter) -> (Place, lines: Int) {
        var place = place
        var left = count
        while left > place.line, place.item > 0 {
            left -= place.line
            place.item -= 1
            place.line = height(at: place.item, with: painter)
        }
        let step = min(left, place.line)
        place.line -= step
        return (place, count - left + step)
    }

    /// The place `count` lines below, or the end, and how far that is.
    mutating func place(_ count: Int, below place: Place, with painter: BlockPainter) -> (Place, lines: Int) {
        var place = place
        var left = count
        while place.item < itemCount {
            let rest = max(0, height(at: place.item, with: painter) - place.line)
            if left < rest { return (Place(item: place.item, line: place.line + left), count) }
            left -= rest
            place = Place(item: place.item + 1, line: 0)
        }
        return (place, count - left)
    }

    /// The top row of the view when it shows the end.
    mutating func bottom(height: Int, with painter: BlockPainter) -> Place {
        place(height, above: Place(item: itemCount, line: 0), with: painter).0
    }

    /// The present top row of the view.
    mutating func top(height: Int, with painter: BlockPainter) -> Place {
        switch scroll {
        case .following: return bottom(height: height, with: painter)
        case .reading(let block, let line):
            let item = min(max(0, block - firstID), itemCount)
            return place(line, below: Place(item: item, line: 0), with: painter).0
        }
    }

    /// Scrolls by lines, up when negative. At the end the view follows new entries.
    mutating func scroll(by lines: Int, height: Int, with painter: BlockPainter) {
        let old = top(height: height, with: painter)
        if lines < 0 {
            let (new, _) = place(-lines, above: old, with: painter)
            if scroll == .following, new == old { return }
            read(from: new, with: painter)
        } else {
            if scroll == .following { return }
            read(from: place(lines, below: old, with: painter).0, with: painter)
        }
    }

    /// Scrolls to the first line that is held.
    mutating func scrollToTop() { scroll = .reading(block: firstID, line: 0) }

    /// Scrolls to the end, where the view follows new entries.
    mutating func follow() { (scroll, unread) = (.following, 0) }

    /// Anchors the view. A place among the prompts of the outbox is stored relative to the last block, since they
    /// change.
    mutating func read(from place: Place, with painter: BlockPainter) {
        var place = place
        while place.item >= blocks.count, place.item > 0 {
            place.item -= 1
            place.line += height(at: place.item, with: painter)
        }
        scroll = .reading(block: firstID + place.item, line: place.line)
    }

    /// Changes the top of what is held without moving the line that is being read: lines that are added to the anchor's
    /// block are added above it.
    mutating func keepAnchor(with painter: BlockPainter, while change: (inout Transcript) -> Void) {
        guard case .reading(let block, let line) = scroll, blocks.indices.contains(block - firstID) else {
            return change(&self)
        }
        let before = height(at: block - firstID, with: painter)
        change(&self)
        guard case .reading(block, line) = scroll, blocks.indices.contains(block - firstID) else { return }
        let after = height(at: block - firstID, with: painter)
        scroll = .reading(block: block, line: max(0, line + after - before))
    }

    /// The width has changed: keeps the view at the same part of the same block.
    mutating func rewrap(from old: BlockPainter, to new: BlockPainter) {
        guard case .reading(let block, let line) = scroll, blocks.indices.contains(block - firstID) else {
            return forgetAllLayouts()
        }
        let before = height(at: block - firstID, with: old)
        forgetAllLayouts()
        let after = height(at: block - firstID, with: new)
        if before > 0 { scroll = .reading(block: block, line: line * after / before) }
    }

    /// Keeps the view within its bounds, and returns how many lines are above and below it, each at most `reach`.
    mutating func settle(height: Int, reach: Int, with painter: BlockPainter) -> (above: Int, below: Int) {
        var start = top(height: height, with: painter)
        var (last, below) = place(height + reach, below: start, with: painter)
        if below <= height {
            start = bottom(height: height, with: painter)
            (last, below) = place(height + reach, below: start, with: painter)
            if newer == .end {
                follow()
            } else if scroll != .following {
                read(from: start, with: painter)
            }
        }
        let (first, above) = place(reach, above: start, with: painter)
        near = firstID + min(first.item, blocks.count)..<firstID + min(last.item + 1, blocks.count)
        layouts.keepWithinBounds(around: near)
        return (above, max(0, below - height))
    }
}
