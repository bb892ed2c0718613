import Sync
import Testing
import Wire

@testable import Screen

/// The agent's questions, with the keyboard.
@Suite struct QuestionTests {
    private static func question(_ key: RequestKey = "q1", _ title: String = "git push origin main") -> Question {
        Question(
            key: key, turn: "t", method: Method.requestPermission,
            params: [
                "toolCall": ["toolCallId": "c", "title": .string(title), "kind": "execute"],
                "options": [
                    ["optionId": "once", "name": "Allow once", "kind": "allow_once"],
                    ["optionId": "always", "name": "Always for \"git push\"", "kind": "allow_always"],
                    ["optionId": "no", "name": "Reject", "kind": "reject_once"],
                ],
            ])
    }

    private static func answer(_ option: String) -> JSON {
        ["outcome": ["outcome": "selected", "optionId": .string(option)]]
    }

    private func asked(_ questions: Question..., columns: Int = 80, rows: Int = 24, glyphs: GlyphSet = .unicode)
        -> Fixture
    {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.converse()
        for question in questions { screen.arrive(.event(.request(question))) }
        return screen
    }

    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "question-80x24"), (80, 24, .ascii, "question-80x24-ascii"),
        (40, 12, .unicode, "question-40x12"), (20, 6, .unicode, "question-20x6"),
    ])
    func golden(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        try expectGolden(asked(Self.question(), columns: columns, rows: rows, glyphs: glyphs).frame, name)
    }

    /// A question about a change of a file, with more lines than there is room for.
    private static func edit(lines: Int) -> Question {
        var question = question("q1", "Edit Sources/Door.swift")
        let old = (1...lines).map { "let line\($0) = old\u{1B}[31m" }.joined(separator: "\n")
        let diff: JSON = [
            "type": "diff", "path": "/srv/Sources/Door.swift", "oldText": .string("import Wire\n\(old)\n"),
            "newText": "import Wire\nlet line = new\n",
        ]
        question.params = .object(
            (question.params.members ?? []).map { member in
                guard member.key == "toolCall" else { return member }
                return JSON.Member("toolCall", .object((member.value.members ?? []) + [JSON.Member("content", [diff])]))
            })
        return question
    }

    @Test(
        "a change is shown before it is allowed",
        arguments: [
            (80, 24, GlyphSet.unicode, 2, "question-diff-80x24"), (80, 24, .ascii, 2, "question-diff-80x24-ascii"),
            (40, 12, .unicode, 30, "question-diff-40x12"),
        ])
    func change(columns: Int, rows: Int, glyphs: GlyphSet, lines: Int, name: String) throws {
        let screen = asked(Self.edit(lines: lines), columns: columns, rows: rows, glyphs: glyphs)
        try expectGolden(screen.frame, name)
        // Whatever the size: what it is about, and what would be written.
        #expect(screen.text.contains { $0.contains("Edit Sources/Door.swift") && !$0.contains("?") })
        #expect(screen.text.contains { $0.contains("+ let line = new") })
    }

    @Test func changesFarApartAreShownWithoutWhatStaysTheSame() {
        var question = Self.question("q1", "Edit Sources/Door.swift")
        let old = (1...200).map { "line \($0)" }
        let new = ["first"] + old[1..<199] + ["last"]
        let diff: JSON = [
            "type": "diff", "path": "/srv/Sources/Door.swift", "oldText": .string(old.joined(separator: "\n")),
            "newText": .string(new.joined(separator: "\n")),
        ]
        question.params = ["toolCall": ["toolCallId": "c", "title": "Edit", "kind": "edit", "content": [diff]]]
        let rows = asked(question).text
        let changes = rows.flatMap { $0.matches(of: /[-+] (line \d+|first|last)/).map { String($0.output.0) } }
        #expect(changes == ["- line 1", "+ first", "- line 200", "+ last"], "\(rows)")
        #expect(!rows.contains { $0.contains("more lines") })
    }

    @Test(arguments: [(0, 0), (5, 0), (0, 5), (5, 5), (200, 3), (3, 200)], 1...12)
    func ofBothSidesIsShownWhatThereIsRoomFor(_ counts: (removed: Int, added: Int), _ rows: Int) {
        let changes = Array(repeating: false, count: counts.removed) + Array(repeating: true, count: counts.added)
        let shown = OpenQuestion.Change.fitting(changes, rows: rows) { $0 }
        #expect(shown.count == min(rows, changes.count))
        #expect(counts.added == 0 || shown.contains(true))
        #expect(counts.removed == 0 || rows == 1 || shown.contains(false))
    }

    @Test func tabAndANumberAnswer() {
        for (key, option) in [("1", "once"), ("2", "always"), ("3", "no"), ("4", "no")] {
            var screen = asked(Self.question())
            #expect(screen.text.contains { $0.contains("Press Tab to answer.") })
            screen.focusQuestion()
            #expect(screen.text.contains { $0.contains("Press a number.") })
            if key == "4" { #expect(screen.press(.character("4")) == [], "the reason comes first") }
            #expect(
                screen.press(key == "4" ? .enter : .character(Character(key))) == [.answer("q1", Self.answer(option))])
            #expect(screen.text.contains { $0.contains("answered: ") && $0.contains("(sent)") })
            #expect(screen.press(.tab, .character("1")) == [.saveDraft("1")], "it is answered once")
            screen.arrive(
                .event(.requestResolved(Question.Resolution(key: "q1", answer: Self.answer(option), by: nil))))
            #expect(screen.model.box.shown == nil)
            #expect(!screen.text.contains { $0.contains("Permission needed") })
        }
    }

    /// Typing, sending and pasting answer nothing.
    @Test func strayTypingAnswersNothing() {
        var screen = asked(Self.question())
        let commands = screen.press(
            .character("1"), .enter, .paste("3"), .control("u"), .character("2"), .backTab, .up, .down, .escape)
        #expect(!commands.contains { if case .answer = $0 { true } else { false } })
        screen.focusQuestion()
        #expect(screen.press(.character("9"), .character("0"), .character("x"), .enter, .paste("1"), .up) == [])
        #expect(screen.model.box.isFocused)
        #expect(screen.press(.tab, .character("1")) == [.saveDraft("21")], "Tab goes back to the input")
    }

    @Test func aRejectionSaysWhy() throws {
        var screen = asked(Self.question())
        screen.type("half a prompt")
        screen.focusQuestion()
        screen.press(.character("4"))
        screen.type("use a branchx")
        screen.press(.backspace)
        try expectGolden(screen.frame, "question-reason-80x24")
        #expect(screen.press(.enter) == [.answer("q1", Self.answer("no")), .send("use a branch")])
        #expect(!screen.model.box.isFocused && screen.model.editor.text == "half a prompt")
        var other = asked(Self.question())
        other.focusQuestion()
        other.press(.character("4"), .character("x"), .escape)
        #expect(other.model.box.reason == nil && other.model.box.isFocused, "Esc goes back to the choices")
        #expect(other.press(.character("1")) == [.answer("q1", Self.answer("once"))])
    }

    /// An agent that reads the reason in the answer is not sent it as a prompt as well.
    @Test func aReasonThatTheAgentReadsGoesWithTheAnswer() throws {
        var question = Self.question()
        question.params = .object((question.params.members ?? []) + [Question.readsReason])
        var screen = asked(question)
        screen.focusQuestion()
        screen.press(.character("4"))
        screen.type("use a branch")
        let answer = Question.answer(Self.answer("no"), because: "use a branch")
        #expect(screen.press(.enter) == [.answer("q1", answer)])
        #expect(Question.reason(of: answer) == "use a branch" && question.takes(answer))
        screen.arrive(.event(.requestResolved(Question.Resolution(key: "q1", answer: answer, by: nil))))
        #expect(screen.model.box.shown == nil)
        #expect(!screen.text.contains { $0.contains("too late") })
    }

    /// Keys that were typed for something else come right behind the one that gave the focus.
    @Test func keysThatComeTooSoonAnswerNothing() {
        var screen = asked(Self.question())
        #expect(screen.press(.tab, .character("1"), .character("3"), .enter) == [])
        #expect(screen.model.box.isFocused && screen.text.contains { $0.contains("too soon") })
        screen.seconds += 0.3
        screen.press(.focus(false), .focus(true))
        #expect(screen.press(.character("1")) == [], "another window had the keys until now")
        screen.seconds += 0.3
        #expect(screen.press(.character("1")) == [.answer("q1", Self.answer("once"))])
    }

    /// What another client answered first is said, and how.
    @Test func anAnswerFromElsewhereIsSaid() {
        func resolved(_ option: String) -> Entry.Body {
            .event(.requestResolved(Question.Resolution(key: "q1", answer: Self.answer(option), by: "other")))
        }
        var waiting = asked(Self.question())
        waiting.arrive(resolved("once"))
        #expect(waiting.text.contains { $0.contains("no longer open: it was answered “") })
        var late = asked(Self.question())
        late.focusQuestion()
        late.press(.character("1"))
        late.arrive(resolved("no"))
        #expect(late.text.contains { $0.contains("came too late: it was answered “") })
        var ours = asked(Self.question())
        ours.focusQuestion()
        ours.press(.character("4"), .enter)
        ours.arrive(resolved("no"))
        #expect(!ours.text.contains { $0.contains("elsewhere") || $0.contains("too late") })
        var ended = asked(Self.question())
        ended.arrive(
            .event(
                .requestResolved(Question.Resolution(key: "q1", answer: ["outcome": ["outcome": "cancelled"]], by: nil))
            ))
        #expect(ended.text.contains { $0.contains("no longer open: it was closed") })
    }

    @Test func offlineItSaysThatTheLinkDroppedSince() throws {
        var screen = asked(Self.question())
        screen.seconds += 14
        screen.send(
            .connection(
                ConnectionStatus(
                    state: .offline(
                        since: screen.now + .seconds(-14), attempt: 4, retryAt: screen.now + .milliseconds(5_500)))))
        try expectGolden(screen.frame, "question-offline-80x24")
    }

    @Test func theOldestIsShownFirst() {
        var screen = asked(Self.question("q1", "first"), Self.question("q2", "second"))
        #expect(screen.text.contains { $0.contains("1 more after this one") })
        #expect(screen.model.box.shown?.key == "q1")
        screen.focusQuestion()
        screen.press(.character("1"))
        #expect(screen.model.box.shown?.key == "q2" && !screen.model.box.isFocused, "each is focused anew")
        screen.focusQuestion()
        screen.press(.character("3"))
        #expect(screen.model.box.shown?.key == "q1", "both wait for the server")
    }

    /// A digit that was meant for one question answers no other.
    @Test func theFocusStaysWithItsQuestion() {
        var screen = asked(Self.question("q1", "first"), Self.question("q2", "second"))
        screen.press(.tab)
        screen.arrive(.event(.requestResolved(Question.Resolution(key: "q1", answer: Self.answer("no"), by: "other"))))
        #expect(screen.press(.character("1")) == [.saveDraft("1")])
        screen.press(.backspace, .tab)
        let open = SessionState(
            folding: [Entry(seq: 1, timestamp: 1, body: .event(.request(Self.question("q3", "third"))))]
        ).requests
        screen.send(.state(plan: [], turn: nil, questions: open))
        #expect(screen.press(.character("1")) == [.saveDraft("1")])
        screen.focusQuestion()
        #expect(screen.press(.control("c")) == [] && !screen.model.box.isFocused)
        #expect(screen.model.editor.text == "1", "what was typed stays")
    }

    @Test func itIsAnsweredOffline() {
        var screen = asked(Self.question())
        screen.send(
            .connection(
                ConnectionStatus(state: .offline(since: screen.now, attempt: 1, retryAt: screen.now + .seconds(1)))))
        screen.focusQuestion()
        #expect(screen.press(.character("1")) == [.answer("q1", Self.answer("once"))])
        #expect(screen.text.contains { $0.contains("kept, and sent when the connection is back") })
    }

    @Test func whatWasAskedBeforeThePageIsShownAsWell() {
        var screen = Fixture()
        screen.send(.replaced([], hasMore: true))
        let open = SessionState(folding: [Entry(seq: 1, timestamp: 1, body: .event(.request(Self.question())))])
            .requests
        screen.send(.state(plan: [], turn: nil, questions: open))
        #expect(screen.text.contains { $0.contains("git push origin main") })
        screen.send(.state(plan: [], turn: nil, questions: []))
        #expect(!screen.text.contains { $0.contains("git push origin main") })
        // An earlier run has kept the answer, which the server does not have yet.
        screen.send(.state(plan: [], turn: nil, questions: open, answers: ["q1": Self.answer("once"), "q2": "odd"]))
        #expect(screen.text.contains { $0.contains("answered: Allow once (sent)") })
        screen.press(.tab)
        #expect(screen.press(.character("3")) == [.saveDraft("3")], "it is not answered again")
        screen.send(.state(plan: [], turn: nil, questions: []))
        screen.send(.state(plan: [], turn: nil, questions: open, answers: ["q1": ["outcome": "odd"]]))
        #expect(screen.text.contains { $0.contains("answered: as you did (sent)") })
    }

    @Test func aFormCanBeDeclined() {
        let form = Question(
            key: "f", turn: "t", method: Method.createElicitation, params: ["message": "Which branch?\u{1B}[31m"])
        var screen = asked(form)
        #expect(screen.text.contains { $0.contains("Which branch?") })
        screen.focusQuestion()
        #expect(screen.press(.character("1")) == [.answer("f", ["action": "decline"])])
    }

    /// Hostile questions are only text, and every size has room for the choices.
    @Test func anyQuestionFitsAnyScreen() {
        let texts = ["", "\u{1B}]0;x\u{7}", String(repeating: "long ", count: 400), "\u{202E}right", "日本語のテキスト"]
        for text in texts {
            for (columns, rows) in [(20, 5), (20, 8), (31, 9), (80, 10), (80, 24), (300, 100)] {
                var options: [JSON] = (0..<20).map { ["optionId": .integer($0), "name": .string("\(text)\($0)")] }
                options.append(["name": "no id"])
                let question = Question(
                    key: "q", turn: "t", method: Method.requestPermission,
                    params: ["toolCall": ["title": .string(text)], "options": .array(options)])
                var screen = asked(question, columns: columns, rows: rows)
                screen.press(.tab)
                for row in screen.frame.rows {
                    #expect(row.reduce(0) { $0 + $1.text.columns } <= columns)
                    #expect(!row.contains { $0.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
                }
            }
        }
    }
}
