public import Screen
import Sync
public import TestKit
public import Wire

/// A random run of everything that can happen to a screen, with texts from the worst of agents, a user who presses any
/// key at any time, and a mirror that answers.
public struct Story {
    /// The screen.
    public private(set) var model: Model
    var generator: SplitMix64
    var journal: [Entry] = []
    private var milliseconds: Int64 = 0
    /// What was last looked for.
    private(set) var words = ""

    /// Begins with a screen of that model.
    public init(_ model: Model, generator: SplitMix64) { (self.model, self.generator) = (model, generator) }

    /// The monotonic clock of the story.
    public var now: Instant { Instant(nanoseconds: (1_000_000 + milliseconds) * 1_000_000) }
    /// The wall clock of the story.
    public var wallClock: Timestamp { 1_795_368_600_000 + milliseconds }
    /// The screen as it is drawn now.
    public var frame: Frame { view(model, now: now, wallClock: wallClock) }

    mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func text() -> String {
        String.hostile(length: random(0...random(1...40)), using: &generator)
    }

    mutating func texts(atMost count: Int) -> [String] { (0..<random(0...count)).map { _ in text() } }

    /// Something happens.
    ///
    /// - Parameter resizes: Whether the size of the screen may change.
    public mutating func step(resizes: Bool = true) {
        milliseconds += Int64(random(0...random(0...5000)))
        switch random(0...15) {
        case 0...3: send(.key(key()))
        case 4...7: live()
        case 8 where resizes:
            send(.resized(Size(columns: random(1...random(1...300)), rows: random(1...random(1...100)))))
        case 8: send(.tick)
        case 9: send(.connection(status()))
        case 10: send(.outbox(outbox()))
        case 11: facts()
        case 12: lists()
        case 13: open()
        case 14: send(.entries(ask()))
        default: send(.replaced(Array(journal.suffix(20)), hasMore: journal.count > 20))
        }
    }

    /// Sends an intent, and answers what the screen asks of the mirror.
    public mutating func send(_ intent: Intent) {
        var commands = update(intent)
        var questions = 0
        while let command = commands.popLast() {
            switch command {
            case .loadOlder(let before):
                let end = before == .max ? journal.count : Int(before) - 1
                let page = journal[max(0, end - 20)..<end]
                commands += update(.older(Array(page), hasMore: end > 20))
            case .loadNewer(let after):
                commands += update(.newer(Array(journal.dropFirst(Int(after)).prefix(20))))
            case .find(let words, _): self.words = words
            default: break
            }
            questions += 1
            precondition(questions < 1000, "the screen asks without end")
        }
    }

    private mutating func update(_ intent: Intent) -> [Command] {
        Screen.update(&model, intent, now: now, wallClock: wallClock)
    }

    mutating func entry(_ body: Entry.Body) -> Entry {
        let isEcho = generator.oneIn(4)
        let entry = Entry(
            seq: Seq(journal.count + 1), timestamp: wallClock,
            clientMessageID: isEcho ? ClientMessageID("c\(random(0...2))") : nil, body: body)
        journal.append(entry)
        return entry
    }

    private mutating func live() {
        let entries = (0...random(0...10)).map { _ in
            let body = body()
            return entry(body)
        }
        send(.entries(entries))
    }

    /// A question of the agent, which is now and then answered elsewhere.
    private mutating func ask() -> [Entry] {
        let key = RequestKey("q\(random(0...5))")
        if generator.oneIn(3) {
            let answer: JSON = ["outcome": ["outcome": "cancelled"]]
            let resolution = Question.Resolution(key: key, answer: answer, by: nil)
            return [entry(.event(.requestResolved(resolution)))]
        }
        let question = question(key)
        return [entry(.event(.request(question)))]
    }

    private mutating func open() {
        send(.opened(title: text(), folder: text(), agent: text()))
        guard generator.oneIn(2) else { return }
        let recent = texts(atMost: 4).map { Welcome.Recent(title: $0, folder: $0, usedAt: wallClock - 60_000) }
        let folder = FolderFacts(names: Set(texts(atMost: 3) + ["README.md"]), isRepository: true, branch: text())
        send(.replaced([], hasMore: false))
        send(.welcome(Welcome(folder: folder, recent: recent, installed: texts(atMost: 3))))
    }
}
