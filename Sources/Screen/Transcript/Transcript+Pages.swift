import Wire

/// Loading pages at both edges, and keeping the window within its bounds.
extension Transcript {
    /// Replaces everything by the newest page.
    mutating func replace(with entries: [Entry], hasMore: Bool) {
        clear()
        (scroll, unread, linesWaiting) = (.following, 0, [])
        held = HeldText()
        fold(entries)
        newestSeen = newestHeld
        older = hasMore ? .more : .end
        newer = .end
        keepWithinBounds()
    }

    /// New entries arrived. While the newest blocks are not held they are only counted, and loaded when the user
    /// scrolls back.
    ///
    /// - Parameter isWatched: Whether the user looks at the terminal.
    mutating func arrive(_ entries: [Entry], isWatched: Bool = true) {
        let fresh = entries.compactMap { $0.seq > newestSeen ? held.lacking(of: $0) : nil }
        guard let first = fresh.first, let last = fresh.last else { return }
        newestSeen = last.seq
        if newer == .end, newestHeld > 0, first.from > newestHeld + 1 { newer = .more }
        var begun = fresh.count { $0.beginsBlock }
        if newer == .end {
            if newestHeld == 0 {
                older = first.from > 1 ? .more : .end
                for index in blocks.indices { blocks[index].firstSeq = first.from }
            }
            let next = firstID + blocks.count
            begun = fold(fresh)
            if scroll != .following || !isWatched { markUnread(from: next) }
        }
        if scroll != .following { unread += begun }
        keepWithinBounds()
    }

    /// A page before the oldest held entry, or the newest page after a jump to the end, was loaded.
    ///
    /// An answer to a request that a jump made obsolete does not match the present one, and is dropped.
    mutating func takeOlder(_ page: [Entry], hasMore: Bool) {
        switch older {
        case .end, .more, .lacking: return
        case .loading(let asked):
            if let first = page.first, let last = page.last {
                guard last.seq == asked - 1 else { return }
                prepend(page)
                oldestHeld = first.from
            }
            older = hasMore ? .more : .end
            // A page ends at a gap; an empty page begins at one.
            if hasMore, page.isEmpty { beginLacking() }
        case .loadingNewest(let seen):
            guard (page.last?.seq ?? seen) >= seen else { return }
            fold(page)
            older = hasMore && !page.isEmpty ? .more : .end
            meetPresent()
        }
        keepWithinBounds()
    }

    /// A page after the newest held entry, or the first page after a jump to the beginning, was loaded.
    mutating func takeNewer(_ page: [Entry]) {
        guard case .loading(let asked) = newer else { return }
        // After a jump nothing is held that the page could fail to follow.
        if let first = page.first, first.from != asked + 1, newestHeld > 0 || asked == 0 {
            guard first.from > asked + 1 else { return }
            if asked == 0 { older = .more } else { appendGap(before: first) }
        }
        fold(page)
        if page.isEmpty { (newestSeen, held) = (newestHeld, HeldText()) }
        meetPresent()
        keepWithinBounds()
    }

    /// Drops everything and requests the first page.
    ///
    /// - Returns: The sequence number to load after; `nil` when the beginning is held, or when an earlier request is
    ///   pending, whose answer could not be told from this one's.
    mutating func jumpToBeginning() -> Seq? {
        if older == .end { return nil }
        if case .loading = newer { return nil }
        clear()
        (older, newer) = (.end, .loading(0))
        return 0
    }

    /// Drops everything and requests the newest page.
    ///
    /// - Returns: The sequence number to load before; `nil` when the newest entries are held.
    mutating func jumpToEnd() -> Seq? {
        if newer == .end { return nil }
        if case .loadingNewest = older { return nil }
        clear()
        (older, newer) = (.loadingNewest(seen: newestSeen), .more)
        return .max
    }

    /// The sequence number to load before, at the older edge; the request is then pending.
    mutating func askOlder() -> Seq? {
        guard older == .more, oldestHeld > 0 else { return nil }
        older = .loading(oldestHeld)
        return oldestHeld
    }

    /// The sequence number to load after, at the newer edge; the request is then pending.
    mutating func askNewer() -> Seq? {
        guard newer == .more, newestHeld > 0 else { return nil }
        newer = .loading(newestHeld)
        return newestHeld
    }

    /// Determines what is after the window now; at the end, the notices that waited follow.
    private mutating func meetPresent() {
        guard newestHeld >= newestSeen else {
            newer = .more
            return
        }
        newestSeen = newestHeld
        newer = .end
        for var line in linesWaiting {
            line.firstSeq = newestHeld + 1
            blocks.append(line)
            bytes += line.bytes
        }
        linesWaiting = []
    }

    private mutating func prepend(_ page: [Entry]) {
        var earlier = Transcript()
        earlier.fold(page)
        for id in earlier.tools.keys {
            if let change = orphans.removeValue(forKey: id) { earlier.apply(change) }
        }
        for (id, change) in earlier.orphans {
            let joint = orphans[id].map { change.followed(by: $0) } ?? change
            if orphans[id] != nil || orphans.count < Transcript.orphansMaximum { orphans[id] = joint }
        }
        if let first = blocks.first, case .message(let message) = first.body,
            let last = earlier.blocks.last, case .message(let begun) = last.body,
            begun.speaker == message.speaker, begun.id == message.id, message.id != nil
        {
            join(begun, last, message)
            earlier.blocks.removeLast()
        }
        earlier.closeMessage()
        let count = earlier.blocks.count
        firstID -= count
        blocks.insert(contentsOf: earlier.blocks, at: 0)
        bytes = blocks.reduce(0) { $0 + $1.bytes }
        for (id, place) in earlier.tools { tools[id] = firstID + place }
        // The block above the former first one has changed, and with it the space in between.
        if count < blocks.count {
            blocks[count].base += 1
            blocks[count].version += 1
        }
    }

    /// Joins the two parts of a message that the edge of the window had split.
    private mutating func join(_ begun: MessageBlock, _ last: Block, _ message: MessageBlock) {
        var joint = message
        joint.prepend(begun)
        blocks[0].body = .message(joint)
        blocks[0].firstSeq = last.firstSeq
        blocks[0].timestamp = last.timestamp
        blocks[0].sharesEntry = last.sharesEntry
        blocks[0].base += 1
        blocks[0].version += 1
        // A block of code that begins in the part that was loaded may end in one of the following parts.
        for index in blocks.indices.dropFirst() {
            guard case .message(let above) = blocks[index - 1].body, case .message(var part) = blocks[index].body,
                part.isContinued, part.follow(above)
            else { break }
            blocks[index].body = .message(part)
            blocks[index].base += 1
            blocks[index].version += 1
        }
    }

    /// Drops blocks at the edge that is further from the view, and none that is near it.
    mutating func keepWithinBounds(bytes most: Int = bytesMaximum) {
        while blocks.count > Transcript.blocksMaximum || bytes > most {
            let (above, below) = beside
            let wanted = max(1, blocks.count / Transcript.shareDropped)
            let dropped =
                above >= below
                ? dropOldest(wanted, of: above) || dropNewest(wanted, of: below)
                : dropNewest(wanted, of: below) || dropOldest(wanted, of: above)
            if !dropped { return }
        }
    }

    /// How many blocks are above those near the view, and how many are below them.
    private var beside: (above: Int, below: Int) {
        // At the end new ones have come since the view was settled.
        if scroll == .following { return (max(0, blocks.count - max(1, near.count)), 0) }
        let last = firstID + blocks.count - 1
        return (max(0, min(near.lowerBound, last) - firstID), max(0, last + 1 - max(near.upperBound, firstID + 1)))
    }

    private mutating func dropOldest(_ wanted: Int, of above: Int) -> Bool {
        guard above > 0, let cut = (min(wanted, above)...above).first(where: { !blocks[$0].sharesEntry }) else {
            return false
        }
        oldestHeld = blocks[cut].firstSeq
        for block in blocks[..<cut] {
            bytes -= block.bytes
            guard case .tool(let tool) = block.body else { continue }
            tools[tool.id] = nil
            // What an entry that is still held told about the call would not be loaded again with its beginning.
            if tool.lastSeq >= oldestHeld { remember(tool.change) }
        }
        for id in firstID..<(firstID + cut) { layouts[id] = nil }
        blocks.removeFirst(cut)
        firstID += cut
        if let gap, gap < firstID { self.gap = nil }
        older = .more
        return true
    }

    private mutating func dropNewest(_ wanted: Int, of below: Int) -> Bool {
        let least = blocks.count - below
        guard below > 0, let cut = (least...max(least, blocks.count - wanted)).last(where: { !blocks[$0].sharesEntry })
        else { return false }
        dropNewest(from: cut)
        return true
    }

    /// Drops the blocks from an index on.
    mutating func dropNewest(from cut: Int) {
        newestHeld = blocks[cut].firstSeq - 1
        for (offset, block) in blocks[cut...].enumerated() {
            bytes -= block.bytes
            layouts[firstID + cut + offset] = nil
            if case .tool(let tool) = block.body { tools[tool.id] = nil }
        }
        blocks.removeLast(blocks.count - cut)
        if let gap, gap >= firstID + cut { self.gap = nil }
        stream = nil
        newer = .more
    }
}

extension Entry {
    /// Whether the entry probably begins a block, for counting entries that are not folded.
    fileprivate var beginsBlock: Bool {
        switch body {
        case .update(.userMessage), .update(.toolCall), .event(.note): true
        case .update, .event: false
        }
    }
}
