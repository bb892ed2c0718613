/// Where the view stands in the transcript, in lines.
///
/// Only blocks near the view are ever laid out: everything here walks from a known block, and a walk is as long as
/// the screen is high.
extension Transcript {
    /// A line of a block, by the block's place.
    struct Place: Hashable, Sendable {
        var item: Int
        var line: Int
    }

    /// The lines of the block at a place, as they were laid out, or laid out now.
    func lines(at item: Int, with painter: BlockPainter) -> [Line] {
        let old = item < blocks.count ? layouts[firstID + item] : tailLayouts[item - blocks.count]
        let previous = item > 0 ? self.item(item - 1) : nil
        return painter.layout(self.item(item), after: previous, keeping: old).lines
    }

    /// How many lines the block at a place has; it is laid out and kept.
    mutating func height(at item: Int, with painter: BlockPainter) -> Int {
        let isHeld = item < blocks.count
        let old = isHeld ? layouts[firstID + item] : tailLayouts[item - blocks.count]
        if let old, old.version == self.item(item).version { return old.lines.count }
        let previous = item > 0 ? self.item(item - 1) : nil
        let layout = painter.layout(self.item(item), after: previous, keeping: old)
        if isHeld { layouts[firstID + item] = layout } else { tailLayouts[item - blocks.count] = layout }
        return layout.lines.count
    }

    /// The place `count` lines above, or the first line there is, and how many lines that was.
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

    /// The place `count` lines below, or the end, and how many lines that was.
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

    /// The top row of the view when its end is looked at.
    mutating func bottom(height: Int, with painter: BlockPainter) -> Place {
        place(height, above: Place(item: itemCount, line: 0), with: painter).0
    }

    /// The top row of the view.
    mutating func top(height: Int, with painter: BlockPainter) -> Place {
        switch scroll {
        case .following: return bottom(height: height, with: painter)
        case .reading(let block, let line):
            let item = min(max(0, block - firstID), itemCount)
            return place(line, below: Place(item: item, line: 0), with: painter).0
        }
    }

    /// Moves the view by lines, up when negative. At its end it follows what comes.
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

    /// Shows the first line that is held.
    mutating func scrollToTop() { scroll = .reading(block: firstID, line: 0) }

    /// Shows the end again.
    mutating func follow() { (scroll, unread) = (.following, 0) }

    /// Anchors the view. A place among the prompts of the outbox, which come and go, is said from the last block.
    mutating func read(from place: Place, with painter: BlockPainter) {
        var place = place
        while place.item >= blocks.count, place.item > 0 {
            place.item -= 1
            place.line += height(at: place.item, with: painter)
        }
        scroll = .reading(block: firstID + place.item, line: place.line)
    }

    /// Makes a change at the top of what is held without moving the line that is being read: what the change adds to
    /// the block of the anchor, it adds above.
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

    /// Everything has another width; the view stays at the same part of the same block.
    mutating func rewrap(from old: BlockPainter, to new: BlockPainter) {
        guard case .reading(let block, let line) = scroll, blocks.indices.contains(block - firstID) else {
            return forgetAllLayouts()
        }
        let before = height(at: block - firstID, with: old)
        forgetAllLayouts()
        let after = height(at: block - firstID, with: new)
        if before > 0 { scroll = .reading(block: block, line: line * after / before) }
    }

    /// Keeps the view in its bounds, and says how many lines there are above and below it, each up to `reach`.
    mutating func settle(height: Int, reach: Int, with painter: BlockPainter) -> (above: Int, below: Int) {
        let lowest = bottom(height: height, with: painter)
        var start = top(height: height, with: painter)
        if start.item > lowest.item || start.item == lowest.item && start.line >= lowest.line {
            start = lowest
            if newer == .end {
                follow()
            } else if scroll != .following {
                read(from: start, with: painter)
            }
        }
        let (_, above) = place(reach, above: start, with: painter)
        let (_, below) = place(height + reach, below: start, with: painter)
        forgetLayouts(around: start.item)
        return (above, max(0, below - height))
    }

    /// How many laid out blocks are kept before those that are out of sight go.
    private static let layoutsMaximum = 1_024

    private mutating func forgetLayouts(around item: Int) {
        guard layouts.count > Transcript.layoutsMaximum else { return }
        let near = (firstID + item - Transcript.layoutsMaximum / 4)...(firstID + item + Transcript.layoutsMaximum / 4)
        layouts = layouts.filter { near.contains($0.key) }
    }
}
