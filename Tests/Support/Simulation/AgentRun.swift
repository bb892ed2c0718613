import Ledger
import Wire

/// An agent at work on one turn: a fixed list of steps, of which those that are in the journal are not done again. What
/// is recorded of a step that is not done is not said again either.
final class AgentRun {
    /// What an agent does.
    enum Step {
        /// Says something, and goes on at once.
        case emit([Entry.Body])
        /// Says something outside of turns.
        case emitOutside(Entry.Body)
        /// Waits until everything that was said is durable.
        case flush
        /// Does something outside of the journal, which must not be done again once the next flush is over.
        case effect(String)
        /// The flush behind an effect is over.
        case done(String)
        case ask(String)
        case end
    }

    let start: TurnStart
    /// Whether it goes on to its end when it is cancelled, instead of ending at once.
    let lingers: Bool
    var isCancelled = false
    /// What it said that is not durable.
    var unsettled: Set<CorrelationID> = []
    /// Whether it waits for that.
    var isFlushing = false
    private let steps: [Step]
    private var next = 0
    /// How many bytes of each message are recorded of the step that is not done.
    private var recorded: [MessageID: Int] = [:]

    /// - Parameter streams: Whether it says everything in small pieces, so that replays have much to merge.
    init(_ start: TurnStart, recorded: [Entry], streams: Bool) {
        self.start = start
        steps = AgentRun.steps(of: start.turn, streams: streams)
        lingers = start.turn.rawValue.utf8.reduce(0) { $0 &+ Int($1) } % 3 == 0
        // A step is done when its note is there.
        let done = recorded.count { $0.body.isNote }
        var seen = 0
        while next < steps.count, seen < done {
            if case .emit(let bodies) = steps[next], bodies.last?.isNote ?? false { seen += 1 }
            next += 1
        }
        for entry in recorded.reversed().prefix(while: { !$0.body.isNote }) {
            guard let (message, text) = entry.body.said else { continue }
            self.recorded[message, default: 0] += text.utf8.count
        }
    }

    /// The next step, without what is recorded of it.
    func take() -> Step {
        let step = steps[next]
        next += 1
        guard case .emit(let bodies) = step else { return step }
        return .emit(bodies.compactMap(lacking))
    }

    private func lacking(_ body: Entry.Body) -> Entry.Body? {
        guard let (message, text) = body.said, let held = recorded[message], held > 0 else { return body }
        recorded[message] = max(0, held - text.utf8.count)
        let rest = String(decoding: text.utf8.dropFirst(held), as: UTF8.self)
        return rest.isEmpty ? nil : AgentRun.text(message, rest)
    }

    /// What the turn of that name says in each of its messages, when it comes to its end.
    static func texts(of turn: TurnID, streams: Bool) -> [MessageID: String] {
        steps(of: turn, streams: streams).reduce(into: [:]) { texts, step in
            guard case .emit(let bodies) = step else { return }
            for case let (message, text)? in bodies.map(\.said) { texts[message, default: ""] += text }
        }
    }

    /// What the turn of that name does. Each step ends with a note that counts it, so that one which is done twice
    /// shows.
    private static func steps(of turn: TurnID, streams: Bool) -> [Step] {
        var chance = Chance(
            seed: turn.rawValue.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        let count = chance.number(1...5)
        let flushes = streams || chance.oneIn(2)
        var steps: [Step] = []
        for number in 1...count {
            var bodies: [Entry.Body] = []
            for _ in 0..<chance.number(0...4) { bodies.append(body(turn, number, &chance)) }
            if streams { bodies += (0..<8).map { text(MessageID("\(turn)-answer"), "piece \($0) ") } }
            if streams || chance.oneIn(3) {
                // One by one, each an entry of its own or joined with what comes while it waits.
                steps += bodies.flatMap { flushes ? [.emit([$0]), .flush] : [.emit([$0])] }
                bodies = []
            }
            let name = "\(turn)/\(number)"
            if chance.oneIn(3) {
                steps += [.emit(bodies), .flush, .effect(name), .emit([.event(.note(name))]), .flush, .done(name)]
            } else {
                steps.append(.emit(bodies + [.event(.note(name))]))
            }
            if chance.oneIn(6) { steps.append(.emitOutside(usage)) }
            if chance.oneIn(8) { steps.append(.ask("q\(number)")) }
        }
        return steps + [.end]
    }

    private static func body(_ turn: TurnID, _ number: Int, _ chance: inout Chance) -> Entry.Body {
        switch chance.number(0...6) {
        case 0:
            let plan = (1...5).map { step in
                PlanEntry(
                    content: "step \(step)",
                    status: step < number ? .completed : step == number ? .inProgress : .pending)
            }
            return .update(.plan(plan))
        case 1:
            let id = ToolCallID("\(turn)-tool-\(number)")
            return .update(.toolCall(ToolCall(id: id, title: "look", kind: .read, status: .completed)))
        case 2: return .event(.memory(key: "key\(chance.number(0...3))", value: .integer(Int64(number))))
        default:
            let message = MessageID(chance.oneIn(4) ? "\(turn)-aside" : "\(turn)-answer")
            return text(message, String(repeating: "word ", count: chance.oneIn(12) ? 400 : chance.number(1...12)))
        }
    }

    /// An update that belongs to no turn.
    static let usage = Entry.Body.update(.other(["sessionUpdate": "usage_update", "used": 1, "size": 2]))

    static func text(_ message: MessageID, _ text: String) -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: message, content: .text(text))))
    }
}

extension Entry.Body {
    fileprivate var isNote: Bool {
        if case .event(.note) = self { true } else { false }
    }

    /// The message and the text, if an agent says something.
    var said: (message: MessageID, text: String)? {
        guard case .update(.agentMessage(let chunk)) = self, let message = chunk.messageID,
            let text = chunk.content.text
        else { return nil }
        return (message, text)
    }
}
