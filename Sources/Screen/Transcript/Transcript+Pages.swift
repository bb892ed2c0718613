import Wire

/// How pages come in at either edge, and how the window is kept within its bound.
extension Transcript {
    /// Everything held is replaced by the newest page.
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

    /// Entries arrived live. While the newest blocks are not held they are only counted: they are fetched when the
    /// user comes back.
    mutating func arrive(_ entries: [Entry]) {
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
            begun = fold(fresh)
        }
        if scroll != .following { unread += begun }
        keepWithinBounds()
    }

    /// A page before the oldest held entry arrived, or the newest page after a jump to the end.
    ///
    /// The answer to a question that a jump made void does not fit the present one, and is dropped.
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
            // A page stops at what is lacking; one that is empty has stopped there at once.
            if hasMore, page.isEmpty { beginLacking() }
        case .loadingNewest(let seen):
            guard (page.last?.seq ?? seen) >= seen else { return }
            fold(page)
            older = hasMore && !page.isEmpty ? .more : .end
            meetPresent()
        }
        keepWithinBounds()
    }

    /// A page behind the newest held entry arrived, or the first page after a jump to the beginning.
    mutating func takeNewer(_ page: [Entry]) {
        guard case .loading(let asked) = newer else { return }
        if let first = page.first, first.from != asked + 1 {
            guard first.from > asked + 1 else { return }
            if asked == 0 { older = .more } else { appendHole(before: first) }
        }
        fold(page)
        if page.isEmpty { (newestSeen, held) = (newestHeld, HeldText()) }
        meetPresent()
        keepWithinBounds()
    }

    /// Forgets what is held and asks for the first page.
    ///
    /// - Returns: The number behind which a page is to be asked for; `nil` when the beginning is held, or an earlier
    ///   page is still on its way, whose answer could not be told from this one's.
    mutating func jumpToBeginning() -> Seq? {
        if older == .end { return nil }
        if case .loading = newer { return nil }
        clear()
        (older, newer) = (.end, .loading(0))
        return 0
    }

    /// Forgets what is held and asks for the newest page.
    ///
    /// - Returns: The number before which a page is to be asked for; `nil` when the present is held.
    mutating func jumpToEnd() -> Seq? {
        if newer == .end { return nil }
        if case .loadingNewest = older { return nil }
        clear()
        (older, newer) = (.loadingNewest(seen: newestSeen), .more)
        return .max
    }

    /// The number before which a page is to be asked for; the page is then on its way.
    mutating func askOlder() -> Seq? {
        guard older == .more, oldestHeld > 0 else { return nil }
        older = .loading(oldestHeld)
        return oldestHeld
    }

    /// The number behind which a page is to be asked for; the page is then on its way.
    mutating func askNewer() -> Seq? {
        guard newer == .more, newestHeld > 0 else { return nil }
        newer = .loading(newestHeld)
        return newestHeld
    }

    /// Says what lies behind the window now; when nothing does, the lines that waited follow.
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
        let count = earlier.blocks.count
        firstID -= count
        blocks.insert(contentsOf: earlier.blocks, at: 0)
        bytes = blocks.reduce(0) { $0 + $1.bytes }
        for (id, place) in earlier.tools { tools[id] = firstID + place }
        // What stands above the first block of before now decides about the space between them.
        if count < blocks.count {
            blocks[count].base += 1
            blocks[count].version += 1
        }
    }

    /// Makes one block of a message that the edge of the window had cut in two.
    private mutating func join(_ begun: MessageBlock, _ last: Block, _ message: MessageBlock) {
        var joint = message
        joint.prepend(begun)
        blocks[0].body = .message(joint)
        blocks[0].firstSeq = last.firstSeq
        blocks[0].timestamp = last.timestamp
        blocks[0].sharesEntry = last.sharesEntry
        blocks[0].base += 1
        blocks[0].version += 1
    }

    /// Drops blocks at the edge that is further from what is looked at.
    mutating func keepWithinBounds() {
        while blocks.count > Transcript.blocksMaximum || bytes > Transcript.bytesMaximum, blocks.count > 1 {
            let wanted = max(1, blocks.count / Transcript.shareDropped)
            var isOldest = true
            if case .reading(let block, _) = scroll { isOldest = block - firstID >= blocks.count / 2 }
            let dropped = isOldest ? dropOldest(wanted) : dropNewest(wanted)
            if !dropped { return }
        }
    }

    private mutating func dropOldest(_ wanted: Int) -> Bool {
        guard let cut = (wanted..<blocks.count).first(where: { !blocks[$0].sharesEntry }) else { return false }
        oldestHeld = blocks[cut].firstSeq
        for block in blocks[..<cut] {
            bytes -= block.bytes
            guard case .tool(let tool) = block.body else { continue }
            tools[tool.id] = nil
            // What an entry that is still held told about the call will not be fetched again with its beginning.
            if tool.lastSeq >= oldestHeld { remember(tool.change) }
        }
        for id in firstID..<(firstID + cut) { layouts[id] = nil }
        blocks.removeFirst(cut)
        firstID += cut
        if let hole, hole < firstID { self.hole = nil }
        older = .more
        return true
    }

    private mutating func dropNewest(_ wanted: Int) -> Bool {
        let latest = blocks.count - wanted
        guard latest > 0, let cut = (1...latest).last(where: { !blocks[$0].sharesEntry }) else { return false }
        dropNewest(from: cut)
        return true
    }

    /// Drops the blocks from a place on.
    mutating func dropNewest(from cut: Int) {
        newestHeld = blocks[cut].firstSeq - 1
        for (offset, block) in blocks[cut...].enumerated() {
            bytes -= block.bytes
            layouts[firstID + cut + offset] = nil
            if case .tool(let tool) = block.body { tools[tool.id] = nil }
        }
        blocks.removeLast(blocks.count - cut)
        if let hole, hole >= firstID + cut { self.hole = nil }
        stream = nil
        newer = .more
    }
}

extension Entry {
    /// Whether it is likely to begin a block, for counting entries that are not folded.
    fileprivate var beginsBlock: Bool {
        switch body {
        case .update(.userMessage), .update(.toolCall), .event(.note): true
        case .update, .event: false
        }
    }
}
