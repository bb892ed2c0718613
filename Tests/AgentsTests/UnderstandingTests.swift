import Testing
import Wire

@testable import Agents

@Suite struct UnderstandingTests {
    private func intent(_ prompt: String) -> Understanding.Intent {
        Understanding([.text(prompt)], history: []).intent
    }

    private func message(_ role: HistoryMessage.Role, _ text: String) -> HistoryMessage {
        HistoryMessage(id: MessageID(text), role: role, content: [.text(text)], timestamp: 0, seq: 1)
    }

    @Test(arguments: [
        ("remember that I prefer short answers", Understanding.Intent.remember("I prefer short answers")),
        ("Please remember: tabs are 4.", .remember("tabs are 4")), ("My name is Ada.", .remember("My name is Ada")),
        ("note that the build is slow!", .remember("the build is slow")), ("remember", .help),
        ("forget everything", .forget("everything")),
        ("Forget that I prefer short answers.", .forget("I prefer short answers")),
        ("what do you remember?", .recall(about: nil)), ("What do you know about me?", .recall(about: nil)),
        ("do you remember my name?", .recall(about: "my name")),
        ("what do you remember about Ports?", .recall(about: "Ports")),
        ("list the files", .list(under: nil)), ("List all files in Sources/Wire.", .list(under: "Sources/Wire")),
        ("which files are there?", .list(under: nil)), ("ls Tests", .list(under: "Tests")),
        ("what files are in this folder?", .list(under: nil)),
        ("Hello!", .greeting), ("thanks a lot", .thanks), ("What can you do?", .help), ("", .help), ("…", .help),
    ])
    func plainIntents(prompt: String, expected: Understanding.Intent) {
        #expect(intent(prompt) == expected)
    }

    @Test(arguments: [
        ("Where is the resume position kept?", ["resume", "position", "kept"], Agents.Question.Focus.definition),
        ("How does FrameDecoder handle huge frames?", ["FrameDecoder", "handle", "huge", "frames"], .explanation),
        ("where is Backoff used", ["Backoff"], .usage), ("Where is the outbox tested?", ["outbox"], .tests),
        ("which files mention backoff?", ["mention", "backoff"], .definition),
        ("which files are large?", ["large"], .definition), ("What is `snake_case`?", ["snake_case"], .explanation),
        ("doors doors door", ["doors"], .explanation),
        ("what does this project do?", ["project", "readme"], .explanation),
    ])
    func questions(prompt: String, words: [String], focus: Agents.Question.Focus) throws {
        guard case .question(let question) = intent(prompt) else {
            Issue.record("not a question")
            return
        }
        #expect(question.terms.map(\.word) == words)
        #expect(question.focus == focus)
        #expect(question.previous == nil)
    }

    @Test func aFollowUpTakesOverTheSubject() throws {
        let history = [
            message(.user, "hello"), message(.assistant, "Hello."), message(.user, "Where is the outbox?"),
            message(.assistant, "There.\n\nSources:\n\n- `Sources/Sync/MailStore.swift:7`\n- `b:1`\n"),
            message(.user, "remember that a is b"), message(.assistant, "I will."),
        ]
        func question(_ prompt: String, _ history: [HistoryMessage]) throws -> Agents.Question {
            guard case .question(let question) = Understanding([.text(prompt)], history: history).intent else {
                throw CheckedJournal.Violation(description: "not a question")
            }
            return question
        }
        let tested = try question("and where is that tested?", history)
        #expect(tested.terms.map(\.word) == ["outbox", "Mail", "Store"])
        #expect(tested.terms.map(\.weight) == [0.7, 0.4, 0.4])
        #expect(tested.focus == .tests)
        #expect(tested.previous == "Where is the outbox?")
        let again = try question("and how is it flushed?", history + [message(.user, "and where is that tested?")])
        #expect(again.terms.map(\.word) == ["flushed", "outbox", "Mail", "Store"])
        #expect(try question("How does the backoff grow over time?", history).previous == nil)
        #expect(
            try question("and where is that tested?", []).terms.map(\.word) == ["and", "where", "is", "that", "tested"])
    }

    @Test func anAttachedFileBelongsToTheQuestion() {
        let prompt = [ContentBlock.text("What does it say about"), .resourceLink(name: "Door.swift", uri: "file:///x")]
        guard case .question(let question) = Understanding(prompt, history: []).intent else {
            Issue.record("not a question")
            return
        }
        #expect(question.terms.map(\.word) == ["Door", "swift"])
    }

    @Test func expressionsHoldNothingButWords() {
        let question = Question("\"NEAR\" fooBar* OR ^x -col:yy", after: nil, source: nil)
        #expect(question.expression == "\"NEAR\" OR \"fooBar\" OR (\"foo\" AND \"Bar\") OR \"col\" OR \"yy\"")
    }

    @Test(arguments: [
        ("I prefer short answers", "preference.answers", "short"),
        ("answers should be detailed", "preference.answers", "long"),
        ("I prefer tabs over spaces", "preference.tabs-over-spaces", "tabs over spaces"),
        ("my name is Ada", "name", "Ada"),
        ("the port is 80", "port", "80"),
        ("my favourite colours are red and blue", "favourite-colours", "red and blue"),
        ("timeout = 5 s", "timeout", "5 s"), ("server: example.org", "server", "example.org"),
        ("never push on Friday", "note.never-push-on-friday", "never push on Friday"),
    ])
    func statements(statement: String, key: String, value: String) {
        let variable = Memory.variable(for: statement, existing: [:])
        #expect(variable.key == key)
        #expect(variable.value == value)
    }

    @Test func aNoteNeverTakesThePlaceOfAnother() {
        let first = "do this and that and something else and more of it one"
        let second = "do this and that and something else and more of it two"
        let key = Memory.variable(for: first, existing: [:]).key
        #expect(key.utf8.count <= Memory.keyBytesMaximum + "note.".utf8.count)
        #expect(Memory.variable(for: first, existing: [key: .string(first)]).key == key)
        #expect(Memory.variable(for: second, existing: [key: .string(first)]).key == key + "-2")
    }

    @Test func whatIsForgottenIsWhatWasMeant() {
        let memory: [String: JSON] = [
            "name": "Ada", "preference.answers": "short", "note.never-push": "never push on Friday",
            "door-colour": "green",
        ]
        func keys(_ target: String) -> [String] { Memory.keys(toForget: target, in: memory) }
        #expect(keys("everything") == ["door-colour", "name", "note.never-push", "preference.answers"])
        #expect(keys("preference.answers") == ["preference.answers"])
        #expect(keys("I prefer short answers") == ["preference.answers"])
        #expect(keys("my name") == ["name"])
        #expect(keys("the door colour") == ["door-colour"])
        #expect(keys("pushing") == ["note.never-push"])
        #expect(keys("the window").isEmpty)
    }
}
