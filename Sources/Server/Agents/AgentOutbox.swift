import DequeModule
import Ledger
import Wire

/// What an agent has said and its session has not taken yet, in order, and how much of what it emitted is not durable.
struct AgentOutbox {
    /// How many bytes may wait to become durable; an agent that emits more waits (back-pressure).
    static let bytesMaximum = 256 << 10
    /// How many entries are handed over under one correlation identifier.
    private static let entriesMaximum = 256

    private enum Item {
        case output(TurnID?, CorrelationID, AgentOutput)
        case event(LedgerEvent)
    }

    private var items: Deque<Item> = []
    /// How many bytes each correlation identifier stands for whose entries are not durable.
    private var unsettled: [CorrelationID: Int] = [:]
    private var bytes = 0
    /// The number of the newest correlation identifier; correlation identifiers are never used twice.
    private(set) var newest: UInt64 = 0

    /// Whether everything was taken.
    var isTaken: Bool { items.isEmpty }
    /// Whether everything that was emitted is durable.
    var isDurable: Bool { unsettled.isEmpty }
    /// Whether the agent may emit more.
    var hasRoom: Bool { bytes < AgentOutbox.bytesMaximum }

    /// Whether everything is durable that was emitted up to that correlation identifier.
    func isDurable(through number: UInt64) -> Bool { unsettled.keys.allSatisfy { $0.rawValue > number } }

    /// A correlation identifier for something to wait for.
    mutating func correlation() -> CorrelationID {
        newest += 1
        return CorrelationID(rawValue: newest)
    }

    /// Adds entries; those of one call stay together.
    ///
    /// - Parameter size: How many bytes of the journal they take, about.
    mutating func emit(_ bodies: [Entry.Body], in turn: TurnID?, size: Int) {
        bytes += size
        if joinsLast(bodies, turn), case .output(_, let correlation, var output)? = items.popLast() {
            output.append(bodies)
            unsettled[correlation, default: 0] += size
            items.append(.output(turn, correlation, output))
        } else {
            let correlation = correlation()
            unsettled[correlation] = size
            items.append(.output(turn, correlation, AgentOutput(bodies)))
        }
    }

    private func joinsLast(_ bodies: [Entry.Body], _ turn: TurnID?) -> Bool {
        guard case .output(turn, _, let output)? = items.last else { return false }
        return output.count + bodies.count <= AgentOutbox.entriesMaximum
    }

    /// Adds something that is no entry, behind what was emitted.
    mutating func add(_ event: LedgerEvent) { items.append(.event(event)) }

    /// Hands everything over, in order.
    mutating func take() -> [LedgerEvent] {
        defer { items = [] }
        return items.map { item in
            switch item {
            case .output(let turn, let correlation, let output): .appended(turn, correlation, output.bodies)
            case .event(let event): event
            }
        }
    }

    /// What the correlation identifier stands for is durable, or dropped.
    mutating func release(_ correlation: CorrelationID) { bytes -= unsettled.removeValue(forKey: correlation) ?? 0 }
}
