import Testing
import Wire

@testable import Sync

/// What a copy holds after each change. It holds entries 1 to 4 of one epoch, and a gap where a test needs one.
@Suite struct StoredCopyTests {
    private static let (session, epoch) = (Client.session, Client.epoch)

    private static func copy(_ seq: Seq? = 4, gaps: [ClosedRange<Seq>] = []) -> StoredCopy {
        StoredCopy(
            session: session, holding: seq.map { Holding(position: at($0), timestamp: written(at($0)), gaps: gaps) })
    }

    private static func missing(_ range: ClosedRange<Seq>) -> Missing { Missing(range: range, state: SessionState()) }

    private static func held(_ seq: Seq, _ gaps: [ClosedRange<Seq>] = []) -> Holding {
        Holding(position: at(seq), timestamp: written(at(seq)), gaps: gaps)
    }

    @Test func entriesMoveTheCursor() {
        var copy = Self.copy()
        copy.stored([.append(Self.session, Self.epoch, [chunk(5), chunk(9, from: 6)])])
        #expect(copy.shown == Self.held(9))
        copy.stored([.append(Self.session, Self.epoch, [chunk(8)])])
        #expect(copy.shown == Self.held(9), "never back")
    }

    @Test func aCopyBeginsWhereItsEntriesDo() {
        var copy = Self.copy(nil)
        copy.stored([.append(Self.session, Self.epoch, [chunk(1)])])
        #expect(copy.shown == nil, "nothing has said of which epoch they are")
        copy.begin(at: at(0))
        copy.stored([.append(Self.session, Self.epoch, [chunk(1)])])
        #expect(copy.shown == Self.held(1))
        copy.begin(at: at(9))
        #expect(copy.shown == Self.held(1), "a copy that is held goes on")
    }

    @Test func whatWasLeftOutIsAGap() {
        for (held, range, gap) in [
            (Seq?(4), Seq(5)...9, Seq(5)...9), (4, 3...9, 5...9), (0, 1...9, 1...9), (nil, 1...9, 1...9),
        ] {
            var copy = Self.copy(held)
            copy.stored([.skip(Self.session, Self.epoch, Self.missing(range))])
            #expect(copy.shown == Holding(position: at(9), gaps: [gap]), "and the cursor has no entry")
            copy.stored([.append(Self.session, Self.epoch, [chunk(10)])])
            #expect(copy.shown == Self.held(10, [gap]))
        }
        var copy = Self.copy(9)
        copy.stored([.skip(Self.session, Self.epoch, Self.missing(5...9))])
        #expect(copy.shown == Self.held(9), "all of it is held")
    }

    @Test(arguments: [
        (Seq(20)...29, [Seq(5)...9]), (25...29, [5...9, 20...24]), (20...24, [5...9, 25...29]),
        (22...26, [5...9, 20...21, 27...29]), (5...9, [20...29]),
    ])
    func filledEntriesAreNotLacking(range: ClosedRange<Seq>, gaps: [ClosedRange<Seq>]) {
        var copy = Self.copy(99, gaps: [5...9, 20...29])
        copy.stored([.fill(Self.session, Self.epoch, range.map { chunk($0) })])
        #expect(copy.shown == Self.held(99, gaps))
    }

    @Test func aSnapshotIsBuiltBesideTheCopyAndReplacesIt() {
        var copy = Self.copy(4, gaps: [1...2])
        copy.stored([.beginSnapshot(Self.session, "new", Self.missing(1...7))])
        copy.stored([.stage(Self.session, "new", [chunk(8)]), .stage(Self.session, "new", [chunk(9)])])
        #expect(copy.shown == Self.held(4, [1...2]))
        let complete = Holding(position: Position(epoch: "new", seq: 9), timestamp: 9, gaps: [1...7])
        #expect(copy.staged == complete)
        copy.stored([.swap(Self.session, "new")])
        #expect(copy.shown == complete && copy.staged == nil)
    }

    @Test func aSnapshotThatBeginsAgainIsBuiltAnew() {
        var copy = Self.copy()
        copy.stored([.beginSnapshot(Self.session, "new"), .stage(Self.session, "new", [chunk(1)])])
        copy.stored([.beginSnapshot(Self.session, "newer"), .swap(Self.session, "newer")])
        #expect(copy.shown == Holding(position: Position(epoch: "newer", seq: 0)))
    }

    @Test func changesOfAnotherEpochAreNotAboutIt() {
        var copy = Self.copy(9, gaps: [5...9])
        copy.stored([
            .append(Self.session, "old", [chunk(10)]), .fill(Self.session, "old", [chunk(9)]),
            .skip(Self.session, "old", Self.missing(10...20)), .adopt(Self.session, "old"),
        ])
        #expect(copy.shown == Self.held(9, [5...9]))
    }

    @Test func changesOfAnotherSessionAreNotAboutIt() {
        var copy = Self.copy(9, gaps: [5...9])
        copy.stored([
            .append("other", Self.epoch, [chunk(10)]), .fill("other", Self.epoch, [chunk(9)]),
            .skip("other", Self.epoch, Self.missing(10...20)), .beginSnapshot("other", Self.epoch),
            .swap("other", Self.epoch), .adopt("other", Self.epoch),
        ])
        #expect(copy.shown == Self.held(9, [5...9]) && copy.staged == nil)
    }
}
