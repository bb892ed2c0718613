import Wire

/// Copying by the keyboard: what is in the view, from its end upwards.
extension Model {
    /// What was copied last, for the next one.
    struct LastCopy: Hashable, Sendable {
        /// Within this time the same key copies the part above.
        static let goesOnWithin = Duration.seconds(3)

        var what: String
        var index: Int
        var at: Instant
    }

    /// Copies the last block of code or message in the view; again within three seconds, the one above it.
    mutating func copy(now: Instant, wallClock: Timestamp) -> [Command] {
        let parts = partsInView(with: painter(now: now, wallClock: wallClock))
        guard !parts.isEmpty else {
            flash("There is nothing to copy in view.", now: now)
            return []
        }
        let goesOn = lastCopy.map { now - $0.at <= LastCopy.goesOnWithin } ?? false
        let index = goesOn ? ((lastCopy?.index ?? -1) + 1) % parts.count : 0
        lastCopy = LastCopy(what: parts[index].what, index: index, at: now)
        return [.copy(parts[index].text)]
    }

    /// The last block of code or message in the view; `nil` when there is none.
    func lastPart(now: Instant, wallClock: Timestamp) -> Copyable? {
        partsInView(with: painter(now: now, wallClock: wallClock)).first
    }

    /// Copies the chosen block as a whole.
    mutating func copySelected(now: Instant) -> [Command] {
        guard let item = transcript.selectedItem else { return [] }
        let part: Copyable?
        switch transcript.blocks[item].body {
        case .message(let message): part = Copyable.parts(of: message).last
        case .tool(let tool): part = Copyable(tool)
        case .line: part = nil
        }
        guard let part else { return [] }
        lastCopy = LastCopy(what: part.what, index: 0, at: now)
        return [.copy(part.text)]
    }

    /// Says what was copied, and how.
    mutating func copied(by ways: [String], now: Instant) {
        guard let what = lastCopy?.what else { return }
        guard !ways.isEmpty else {
            return flash("Not copied: neither the terminal nor a program takes it.", now: now)
        }
        flash("Copied \(what) (\(ways.joined(separator: ", "))).", now: now)
    }

    /// The parts of the blocks in view, the last first.
    private func partsInView(with painter: BlockPainter) -> [Copyable] {
        var transcript = transcript
        let height = regions.transcript.count
        let top = transcript.top(height: height, with: painter)
        var rows = -top.line
        var item = top.item
        var parts: [Copyable] = []
        while rows < height, item < transcript.itemCount {
            rows += transcript.height(at: item, with: painter)
            if case .message(let message) = transcript.item(item).body, message.speaker != .thought {
                parts = Copyable.parts(of: message) + parts
            }
            item += 1
        }
        return parts
    }
}
