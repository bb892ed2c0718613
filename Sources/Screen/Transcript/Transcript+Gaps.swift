import Wire

/// Gaps: entries that the mirror does not hold yet. A line marks each, so that it is never mistaken for the whole
/// history.
extension Transcript {
    private static let lackingText = "older entries are still at the server"
    private static let gapText = "entries between these are still at the server"

    /// The mirror has no entries before the oldest one held, although the journal has.
    mutating func beginLacking() {
        older = .lacking
        let line = Block(
            firstSeq: oldestHeld, timestamp: blocks.first?.timestamp ?? 0,
            body: .line(.gap, Transcript.lackingText))
        blocks.insert(line, at: 0)
        firstID -= 1
        bytes += line.bytes
        touchFirst(at: 1)
    }

    /// A page after what is held does not begin just there: a gap is in between.
    mutating func appendGap(before entry: Entry) {
        closeMessage()
        gap = firstID + blocks.count
        let line = Block(
            firstSeq: newestHeld + 1, timestamp: entry.timestamp, body: .line(.gap, Transcript.gapText))
        blocks.append(line)
        bytes += line.bytes
        stream = nil
    }

    /// A gap was filled: pages that ended at one are requested again.
    mutating func filled() {
        if older == .lacking {
            older = .more
            bytes -= blocks[0].bytes
            layouts[firstID] = nil
            blocks.removeFirst()
            firstID += 1
            touchFirst(at: 0)
        }
        guard let gap, gap >= firstID else { return }
        dropNewest(from: gap - firstID)
    }

    /// The block above has changed, and with it the space in between.
    private mutating func touchFirst(at index: Int) {
        guard index < blocks.count else { return }
        blocks[index].base += 1
        blocks[index].version += 1
    }
}
