import Wire

/// What happens when, in virtual time: a heap, in which things due at one moment keep the order they were put in.
struct Schedule {
    struct Item {
        var due: Instant
        var order: UInt64
        var action: () throws(Violation) -> Void

        static func < (left: Item, right: Item) -> Bool {
            left.due == right.due ? left.order < right.order : left.due < right.due
        }
    }

    private(set) var now = Instant(nanoseconds: 0)
    private var heap: [Item] = []
    private var order: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    /// When the next thing happens.
    var nextDue: Instant? { heap.first?.due }

    mutating func add(at due: Instant, _ action: @escaping () throws(Violation) -> Void) {
        order += 1
        heap.append(Item(due: max(due, now), order: order, action: action))
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Lets time pass to the next thing that happens.
    mutating func next() -> Item? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        now = first.due
        return first
    }

    private mutating func sink() {
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[smallest] {
                smallest = child
            }
            if smallest == index { return }
            heap.swapAt(index, smallest)
            index = smallest
        }
    }
}
