import Ledger
import Wire

/// An agent at work on one turn: a fixed list of steps, of which those that are in the journal are not done again.
final class AgentRun {
    /// What an agent does.
    enum Step {
        case append([Entry.Body])
        case ask(String)
        case end
    }

    let start: TurnStart
    let steps: [Step]
    var next: Int
    var isCancelled = false

    /// - Parameter streams: Whether it says everything in small pieces, so that replays have much to merge.
    init(_ start: TurnStart, recorded: [Entry], streams: Bool) {
        self.start = start
        steps = AgentRun.steps(of: start.turn, streams: streams)
        // A step is done when its last entry is there.
        let done = recorded.count { entry in
            switch entry.body {
            case .event(.note): true
            case .event, .update: false
            }
        }
        next = 0
        var seen = 0
        while next < steps.count, seen < done {
            if case .append(let bodies) = steps[next], case .event(.note)? = bodies.last { seen += 1 }
            next += 1
        }
    }

    /// What the turn of that name does. Each step ends with a note that counts it, so that one which is done twice shows.
    private static func steps(of turn: TurnID, streams: Bool) -> [Step] {
        var chance = Chance(
            seed: turn.rawValue.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        let count = chance.number(1...5)
        var steps: [Step] = []
        for number in 1...count {
            var bodies: [Entry.Body] = []
            for _ in 0..<chance.number(0...4) { bodies.append(body(turn, number, &chance)) }
            if streams { bodies += (0..<8).map { text(turn, "piece \($0) ") } }
            if streams || chance.oneIn(3) {
                // Each piece is a commit of its own.
                steps += bodies.map { .append([$0]) }
                bodies = []
            }
            bodies.append(.event(.note("\(turn)/\(number)")))
            steps.append(.append(bodies))
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
            return text(turn, String(repeating: "word ", count: chance.oneIn(12) ? 400 : chance.number(1...12)))
        }
    }

    private static func text(_ turn: TurnID, _ text: String) -> Entry.Body {
        .update(.agentMessage(ContentChunk(messageID: MessageID("\(turn)-answer"), content: .text(text))))
    }
}
