/// What the user has not seen, and how far code is scrolled to the side.
extension Transcript {
    /// The furthest that code is scrolled to the right; longer lines are not read on a screen.
    static let codeShiftMaximum = 2_000

    /// Marks a block as the first unread one, unless an earlier one is. It stays marked until the user sends something:
    /// who comes back looks for it.
    mutating func markUnread(from block: Int) {
        guard unreadMark == nil, blocks.indices.contains(block - firstID) else { return }
        unreadMark = block
        setFirstUnread(block, true)
    }

    mutating func forgetUnread() {
        guard let mark = unreadMark else { return }
        unreadMark = nil
        setFirstUnread(mark, false)
    }

    private mutating func setFirstUnread(_ block: Int, _ isFirst: Bool) {
        guard blocks.indices.contains(block - firstID) else { return }
        blocks[block - firstID].isFirstUnread = isFirst
        blocks[block - firstID].base += 1
        blocks[block - firstID].version += 1
    }

    /// Scrolls code and output to the right, or back when negative. No line changes its place.
    mutating func shiftCode(by columns: Int) {
        let shifted = max(0, min(Transcript.codeShiftMaximum, codeShift + columns))
        if shifted == codeShift { return }
        codeShift = shifted
        forgetAllLayouts()
    }
}
