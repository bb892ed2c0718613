import Testing
import Wire

@testable import Screen

/// Forms and addresses that agents ask for (ACP's elicitation).
@Suite struct FormTests {
    private static let schema: JSON = [
        "type": "object",
        "properties": [
            "branch": [
                "type": "string", "title": "Branch", "minLength": 2, "maxLength": 8, "description": "a new name",
            ],
            "kind": [
                "type": "string", "title": "Kind", "default": "fix",
                "oneOf": [["const": "feature", "title": "A feature"], ["const": "fix", "title": "A fix"]],
            ],
            "force": ["type": "boolean", "title": "Force"],
            "count": ["type": "integer", "title": "Count", "minimum": 1, "maximum": 9, "default": 3],
            "share": ["type": "number", "title": "Share", "minimum": 0, "maximum": 1],
            "tags": [
                "type": "array", "title": "Tags", "minItems": 1, "items": ["type": "string", "enum": ["a", "b"]],
            ],
        ],
        "required": ["branch", "force"],
    ]

    private func asked(
        _ params: JSON = ["mode": "form", "message": "How shall I branch?", "requestedSchema": schema],
        columns: Int = 80, rows: Int = 24, glyphs: GlyphSet = .unicode
    ) -> Fixture {
        var screen = Fixture(columns: columns, rows: rows, glyphs: glyphs)
        screen.arrive(
            .event(.request(Question(key: "form-17", turn: "t", method: Method.createElicitation, params: params))))
        screen.focusQuestion()
        return screen
    }

    @Test(arguments: [
        (80, 24, GlyphSet.unicode, "form-80x24"), (80, 24, .ascii, "form-80x24-ascii"),
        (40, 12, .unicode, "form-40x12"),
    ])
    func golden(columns: Int, rows: Int, glyphs: GlyphSet, name: String) throws {
        var screen = asked(columns: columns, rows: rows, glyphs: glyphs)
        screen.type("x")
        screen.press(.enter)
        try expectGolden(screen.frame, name)
    }

    @Test func itIsFilledIn() {
        var screen = asked()
        screen.type("fix/one")
        screen.press(.enter, .left, .enter)
        screen.press(.character("y"), .enter)
        screen.press(.backspace, .character("7"), .enter)
        screen.type("0.5")
        screen.press(.enter, .right, .character(" "), .enter)
        #expect(
            screen.press(.enter) == [
                .answer(
                    "form-17",
                    [
                        "action": "accept",
                        "content": [
                            "branch": "fix/one", "kind": "feature", "force": true, "count": 7, "share": 0.5,
                            "tags": ["b"],
                        ],
                    ])
            ])
        #expect(!screen.model.box.isFocused && screen.text.contains { $0.contains("answered: accept (sent)") })
    }

    /// What is not filled in is left out, and defaults count as filled in.
    @Test func defaultsAreSent() {
        var screen = asked()
        screen.type("ab")
        screen.press(.enter, .enter, .character("n"), .backTab, .backTab, .backTab, .enter)
        let answer: JSON = [
            "action": "accept", "content": ["branch": "ab", "kind": "fix", "force": false, "count": 3],
        ]
        #expect(screen.press() == [] && screen.model.box.shown?.given == "accept")
        var form = Form(schema: Self.schema)
        form?.fields[0].press(.paste("ab"))
        form?.fields[2].press(.character("n"))
        form?.place = 6
        #expect(form?.press(.enter) == .answered(.accept, answer))
    }

    @Test func whatIsWrongIsSaidAndNotSent() {
        var screen = asked()
        #expect(screen.press(.enter) == [] && screen.text.contains { $0.contains("is needed") })
        screen.press(.backTab)
        #expect(screen.press(.enter) == [], "the actions are reached, and the wrong field is shown")
        #expect(screen.model.box.shown?.form?.place == 0)
        let cases: [(Int, String, String)] = [
            (0, "a", "at least 2"), (0, "long name", "8 characters"), (3, "x", "whole number"), (3, "99", "at most 9"),
            (4, "-1", "at least 0"), (4, "nan", "not a number"),
        ]
        for (field, text, problem) in cases {
            var form = Form(schema: Self.schema)
            form?.fields[field].press(.control("u"))
            form?.fields[field].press(.paste(text))
            form?.fields[field].check()
            #expect(form?.fields[field].problem?.contains(problem) == true, "\(text)")
        }
    }

    @Test func itCanBeDeclinedCancelledAndLeft() {
        for (keys, action) in [([Key.right], "decline"), ([.right, .right, .right], "cancel")] {
            var screen = asked()
            screen.press(.backTab)
            for key in keys { screen.press(key) }
            #expect(screen.press(.enter) == [.answer("form-17", ["action": .string(action)])])
        }
        var screen = asked()
        screen.type("kept")
        #expect(screen.press(.escape) == [] && !screen.model.box.isFocused)
        screen.focusQuestion()
        #expect(screen.text.contains { $0.contains("kept") }, "what was filled in stays")
    }

    @Test(
        arguments: [
            [:], ["properties": [:]], ["properties": ["x": ["type": "object"]]], ["properties": ["x": ["type": 5]]],
            ["properties": ["x": ["type": "array", "items": [:]]]],
            ["properties": ["x": ["type": "string", "enum": []]]],
            ["properties": .object((0..<17).map { JSON.Member("\($0)", ["type": "string"]) })],
        ] as [JSON])
    func aFormThatIsNotKnownCanOnlyBeRefused(schema: JSON) {
        #expect(Form(schema: schema) == nil)
        var screen = asked(["mode": "form", "message": "?", "requestedSchema": schema])
        #expect(screen.press(.character("1")) == [.answer("form-17", ["action": "decline"])])
    }

    @Test func anAddressIsShownWhole() throws {
        let url = "https://login.example/authorize?client=belay&state=" + String(repeating: "0123456789", count: 9)
        var screen = asked([
            "mode": "url", "message": "Sign in to the tracker.", "url": .string(url), "elicitationId": "e",
        ])
        try expectGolden(screen.frame, "form-url-80x24")
        #expect(screen.press(.character("1")) == [.answer("form-17", ["action": "accept"])])
    }

    @Test func hostileFormsStayInTheirCells() {
        let evil = "\u{1B}]0;x\u{7}\u{202E}evil\tx\r\n" + String(repeating: "e\u{301}\u{301}", count: 200)
        let schema: JSON = [
            "properties": .object([
                JSON.Member(evil, ["type": "string", "title": .string(evil), "default": .string(evil)]),
                JSON.Member("n", ["type": "number", "minimum": 5, "maximum": 1, "default": 1e300]),
                JSON.Member("o", ["type": "string", "enum": [.string(evil), 5]]),
                JSON.Member("m", ["type": "array", "items": ["anyOf": [["const": .string(evil)]]], "minItems": -4]),
            ]), "required": "everything",
        ]
        for (columns, rows) in [(20, 5), (20, 12), (40, 20), (80, 24), (140, 40)] {
            var screen = asked(
                ["mode": "form", "message": .string(evil), "requestedSchema": schema], columns: columns, rows: rows)
            for key in [Key.enter, .right, .character(" "), .paste(evil), .down, .left, .enter, .tab, .enter, .enter] {
                screen.press(key)
                for row in screen.frame.rows {
                    #expect(row.reduce(0) { $0 + $1.text.columns } <= columns)
                    #expect(!row.contains { $0.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E } })
                }
                if let cursor = screen.frame.cursor { #expect(cursor.column < columns && cursor.row < rows) }
            }
        }
    }
}
