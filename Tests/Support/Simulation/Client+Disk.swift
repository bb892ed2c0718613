import Ledger
import Sync
import Wire

/// What a client's program stores, and shows when it is stored.
extension Client {
    func store(_ changes: [MirrorChange]) {
        storing = changes
        let program = engine
        world.schedule.add(at: world.now + world.chance.duration(.microseconds(50)...(.milliseconds(3)))) {
            [self] () throws(Violation) in
            guard engine === program, storing != nil else { return }
            storing = nil
            if isDiskFull { return try run(.storeFailed("no room")) }
            if world.variant == .claimUnverified, world.isStormy, leader != nil,
                let skip = changes.firstIndex(where: \.isSkip)
            {
                // The connection goes behind the word of what is lacking, and the program with it.
                try disk.apply(Array(changes[...skip]), isKept: false, isTorn: false, variant: world.variant)
                (isCutBehindSkip, restoresSeen) = (true, world.disk.restores)
                return crash()
            }
            try world.checkTrue(changes)
            for case .adopt(let session, _) in changes { disk.session = session }
            let before = disk.session.flatMap { disk.holding(of: $0)?.position }
            let isTorn = world.variant == .tornMirror && world.chance.oneIn(20)
            try disk.apply(
                changes, isKept: world.chance.oneIn(8), isTorn: isTorn, variant: world.variant)
            try checkNothingVanished(since: before, changes)
            try show(changes)
            let ids = Set(changes.flatMap(\.entries).compactMap(\.clientMessageID))
            disk.outbox.removeAll { ids.contains($0.id) }
            for entry in changes.flatMap(\.entries) {
                if case .event(.requestResolved(let resolution)) = entry.body { disk.answers[resolution.key] = nil }
            }
            try run(.stored)
        }
    }

    /// Shows text as it is stored; a copy in the place of another is shown anew.
    private func show(_ changes: [MirrorChange]) throws(Violation) {
        for change in changes {
            switch change {
            case .append(let session, _, let entries):
                try show(entries, of: session)
            case .adopt(let session, _), .swap(let session, _), .skip(let session, _, _): try showAnew(session)
            case .fill, .beginSnapshot, .stage: break
            }
        }
    }

    /// Shows what stands behind the last gap of a copy.
    func showAnew(_ session: SessionID) throws(Violation) {
        consumer = Consumer(repeats: world.variant == .showRepeated)
        guard let copy = disk.mirror.shown[session] else { return }
        let gap = copy.gaps.last?.upperBound ?? 0
        try show(copy.entries.filter { $0.from > gap }, of: session)
    }

    private func show(_ entries: [Entry], of session: SessionID) throws(Violation) {
        for entry in entries {
            guard let id = consumer.show(entry), let shown = consumer.messages[id] else {
                continue
            }
            try world.checkShown(shown, of: id, in: session, by: self)
        }
    }

    /// The copy that is shown only grows, except when another takes its place whole.
    private func checkNothingVanished(since before: Position?, _ changes: [MirrorChange]) throws(Violation) {
        guard let session = disk.session, let before, let now = disk.holding(of: session)?.position else { return }
        let isSwapped = changes.contains { change in
            switch change {
            case .swap, .adopt: true
            case .append, .skip, .fill, .beginSnapshot, .stage: false
            }
        }
        try require(
            isSwapped || (now.epoch == before.epoch && now.seq >= before.seq),
            "client \(number) held \(before.seq) and shows \(now.seq)")
    }
}

extension MirrorChange {
    fileprivate var isSkip: Bool { if case .skip = self { true } else { false } }
}
