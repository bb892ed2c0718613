import Testing
import Wire

@testable import Ledger

/// Which sessions are in memory: each state of the registry, and what is asked of it there.
@Suite struct SessionRegistryTests {
    private typealias Registry = SessionRegistry<Int, String>

    private let carol = Principal("carol")
    private let dave = Principal("dave")

    /// A registry with one session of Carol's in memory, which nobody uses.
    private func loaded(_ session: SessionID = "s") -> Registry {
        var registry = Registry()
        load(session, into: &registry)
        return registry
    }

    private func load(_ session: SessionID, as number: Int = 1, into registry: inout Registry) {
        guard case .load = registry.pin(session, of: carol, "first") else {
            Issue.record("\(session) is there already")
            return
        }
        _ = registry.loaded(session, of: carol, owner: carol) { number }
        registry.unpin(session)
    }

    /// `#expect` takes nothing that changes the registry.
    private func expect<Value: Equatable>(_ expected: Value, of value: Value, _ comment: Comment? = nil) {
        #expect(value == expected, comment)
    }

    @Test func oneLoadsAndTheOthersWait() {
        var registry = Registry()
        expect("load", of: registry.asked("s", of: carol, "first"), "it is not in memory")
        expect("wait", of: registry.asked("s", of: carol, "second"), "it is being loaded")
        #expect(registry.count == 0)
        let (session, isNew, waiters) = registry.loaded("s", of: carol, owner: carol) { 1 }
        #expect(session == 1 && isNew && waiters == ["first", "second"])
        #expect(registry.pinCount == 2, "one pin for each that waited")
    }

    /// What one user's request finds says nothing about another's.
    @Test func anotherUserDoesNotShareALoad() {
        var registry = Registry()
        expect("load", of: registry.asked("s", of: dave, "dave"), "it is not in memory")
        expect("load", of: registry.asked("s", of: carol, "carol"), "her load is her own")
        expect(["dave"], of: registry.failed("s", of: dave))
        expect(["carol"], of: registry.loaded("s", of: carol, owner: carol) { 1 }.waiters)
        expect("absent", of: registry.asked("s", of: dave, "dave"), "it is Carol's")
        expect("here", of: registry.asked("s", of: nil, "server"), "the server has any")
    }

    /// A second ledger of one session would assign the same numbers again.
    @Test func theFirstOfTwoLoadsStays() {
        var registry = Registry()
        _ = registry.pin("s", of: carol, "carol")
        _ = registry.pin("s", of: nil, "server")
        expect(1, of: registry.loaded("s", of: carol, owner: carol) { 1 }.session)
        let (session, isNew, waiters) = registry.loaded("s", of: nil, owner: carol) { 2 }
        #expect(session == 1 && !isNew && waiters == ["server"])
    }

    @Test func onlyWhatNobodyUsesLeavesMemory() {
        var registry = loaded()
        _ = registry.pin("s", of: carol, "carol")
        expect(false, of: registry.evict("s"), "it is pinned")
        expect(true, of: registry.watch("s", maximum: 8))
        registry.unpin("s")
        expect(false, of: registry.evict("s"), "it is watched")
        registry.unwatch("s")
        expect(true, of: registry.evict("s"))
        expect(false, of: registry.evict("s"), "it has left")
        #expect(registry.count == 0)
        expect("load", of: registry.asked("s", of: carol, "carol"), "it has to be loaded")
    }

    /// A pin that is given back when its session was deleted meanwhile, and loaded anew, is not taken from another.
    @Test func pinsAndWatchersNeverGoBelowNone() {
        var registry = loaded()
        registry.unpin("s")
        registry.unwatch("s")
        registry.unpin("none")
        #expect(registry.pinCount == 0 && registry.watcherCount == 0)
        expect(true, of: registry.evict("s"))
    }

    @Test func aDeletedSessionIsFoundByNobody() {
        var registry = loaded()
        let (isDeleting, session) = registry.delete("s", isUnused: false)
        #expect(isDeleting && session == 1)
        expect("absent", of: registry.asked("s", of: carol, "carol"), "it is being deleted")
        registry.deleted("s")
        expect("load", of: registry.asked("s", of: carol, "carol"), "the store knows")
    }

    /// It was read from the store before it was deleted.
    @Test func aLoadThatEndsDuringTheDeletionFindsNothing() {
        var registry = Registry()
        _ = registry.pin("s", of: carol, "carol")
        _ = registry.delete("s", isUnused: false)
        let (session, isNew, waiters) = registry.loaded("s", of: carol, owner: carol) { 1 }
        #expect(session == nil && !isNew && waiters == ["carol"])
        #expect(registry.count == 0)
    }

    @Test func aSweepDeletesNothingThatIsUsed() {
        var registry = loaded()
        _ = registry.pin("s", of: carol, "carol")
        expect(false, of: registry.delete("s", isUnused: true).isDeleting)
        registry.unpin("s")
        expect(true, of: registry.watch("s", maximum: 8))
        expect(false, of: registry.delete("s", isUnused: true).isDeleting)
        registry.unwatch("s")
        expect(true, of: registry.delete("s", isUnused: true).isDeleting)
        expect(true, of: registry.delete("other", isUnused: true).isDeleting, "one that is not in memory")
    }

    /// A watched session cannot be evicted, so a user may not watch more than may be in memory.
    @Test func aUserWatchesABoundedNumber() {
        var registry = Registry()
        for number in 1...3 { load(SessionID("s\(number)"), as: number, into: &registry) }
        expect(true, of: registry.watch("s1", maximum: 2))
        expect(true, of: registry.watch("s2", maximum: 2))
        expect(false, of: registry.watch("s3", maximum: 2))
        #expect(registry.watchesTooMany(carol, maximum: 2))
        #expect(!registry.watchesTooMany(dave, maximum: 2))
        expect(true, of: registry.watch("s1", maximum: 2), "a second connection keeps nothing more in memory")
        #expect(registry.watcherCount == 3)
        #expect(Set(registry.evictable(of: carol, maximum: 3)) == [3])
        #expect(registry.evictable(of: carol, maximum: 4).isEmpty, "there is room")
    }
}

extension SessionRegistry {
    /// What becomes of a request.
    fileprivate mutating func asked(_ session: SessionID, of principal: Principal?, _ waiter: Waiter) -> String {
        switch pin(session, of: principal, waiter) {
        case .here: "here"
        case .absent: "absent"
        case .load: "load"
        case .wait: "wait"
        }
    }
}
