import Wire

/// Entries that the mirror does not hold yet: a line says so where they belong, and they are never taken for nothing.
extension Transcript {
    private static let lackingText = "older entries are still at the server"
    private static let holeText = "entries between these are still at the server"

    /// The mirror ends before the oldest entry held, and the journal does not.
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

    /// A page behind what is held does not begin there.
    mutating func appendHole(before entry: Entry) {
        hole = firstID + blocks.count
        let line = Block(
            firstSeq: newestHeld + 1, timestamp: entry.timestamp, body: .line(.gap, Transcript.holeText))
        blocks.append(line)
        bytes += line.bytes
        stream = nil
    }

    /// Entries came that were lacking: whatever stops at a hole is asked for again.
    mutating func filled() {
        if older == .lacking {
            older = .more
            bytes -= blocks[0].bytes
            layouts[firstID] = nil
            blocks.removeFirst()
            firstID += 1
            touchFirst(at: 0)
        }
        guard let hole, hole >= firstID else { return }
        dropNewest(from: hole - firstID)
    }

    /// What stands above a block has changed, and with it the space between them.
    private mutating func touchFirst(at index: Int) {
        guard index < blocks.count else { return }
        blocks[index].base += 1
        blocks[index].version += 1
    }
}
