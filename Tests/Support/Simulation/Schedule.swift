import Wire

/// What happens when, in virtual time: a heap, in which things due at one moment keep the order they were put in.
struct Schedule {
    typealias Action = () throws(Violation) -> Void

    /// What the heap moves about: it holds no reference, so a move costs nothing.
    private struct Item {
        var due: Instant
        var order: UInt64
        /// The place of its action.
        var place: Int

        static func < (left: Item, right: Item) -> Bool {
            left.due == right.due ? left.order < right.order : left.due < right.due
        }
    }

    private(set) var now = Instant(nanoseconds: 0)
    private var heap: [Item] = []
    private var actions: [Action?] = []
    private var free: [Int] = []
    private var order: UInt64 = 0

    mutating func add(at due: Instant, _ action: @escaping Action) {
        order += 1
        let place = free.popLast() ?? actions.count
        if place == actions.count { actions.append(action) } else { actions[place] = action }
        let item = Item(due: max(due, now), order: order, place: place)
        heap.append(item)
        var index = heap.count - 1
        while index > 0, item < heap[(index - 1) / 2] {
            heap[index] = heap[(index - 1) / 2]
            index = (index - 1) / 2
        }
        heap[index] = item
    }

    /// Lets time pass to the next thing that happens.
    mutating func next() -> Action? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty { sink(last) }
        now = first.due
        free.append(first.place)
        return actions[first.place].take()
    }

    /// Puts an item in the place of the first, and down to where it belongs.
    private mutating func sink(_ item: Item) {
        var index = 0
        while true {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard child < heap.count, heap[child] < item else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = item
    }
}
