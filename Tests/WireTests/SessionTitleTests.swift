import Testing
import Wire

/// What a session is called, wherever that comes from.
@Suite struct SessionTitleTests {
    @Test(arguments: [
        ("Why?", "Why?"), ("  Why? \t", "Why?"), ("\n \n\tWhat is\nthis?", "What is"), ("a\r\nb", "a"),
        ("\u{1B}[31mred\u{1B}[0m", "red"), ("\u{1B}]0;x\u{7}\u{202E}title", "title"), ("\u{200B}\u{2800}\nb", "b"),
        (String(repeating: "é", count: 80), String(repeating: "é", count: 80)),
        (String(repeating: "é", count: 81), String(repeating: "é", count: 79) + "…"),
    ])
    func theFirstLineThatCanBeSeen(_ text: String, _ title: String) {
        #expect(SessionTitle.of(text) == title)
        #expect(SessionTitle.of(title) == title, "a title stays itself")
    }

    @Test(arguments: ["", " \n\t", "\u{200B}", "\u{1B}[2J", "\u{2800}"]) func noTitle(_ text: String) {
        #expect(SessionTitle.of(text) == nil)
    }

    /// It has to fit into a request for a fork, with the mark of one.
    @Test(arguments: ["a\u{301}", "e" + String(repeating: "\u{301}", count: 100), "👩‍👩‍👧‍👦", "漢"])
    func itsBytesAreBounded(_ character: String) throws {
        let title = try #require(SessionTitle.of(String(repeating: character, count: 5_000)))
        #expect(title.hasSuffix("…") && title.count <= SessionTitle.charactersMaximum)
        #expect(title.utf8.count + " (fork)".utf8.count <= ForkRequest.titleBytesMaximum)
    }

    @Test func aPromptGivesThatOfItsFirstText() {
        let link = ContentBlock.resourceLink(name: "a", uri: "file:///a")
        #expect(SessionTitle.of([link, .text(" \n"), .text("b\nc"), .text("d")]) == "b")
        #expect(SessionTitle.of([link]) == nil)
    }

    @Test(
        arguments: [
            (["sessionUpdate": "session_info_update", "title": "Fix\nit"], "Fix"),
            (["sessionUpdate": "session_info_update", "title": .null], ""),
            (["sessionUpdate": "session_info_update", "title": " "], ""),
            (["sessionUpdate": "session_info_update", "title": 7], nil),
            (["sessionUpdate": "session_info_update", "updatedAt": "2026-11-29T12:00:00Z"], nil),
            (["sessionUpdate": "usage_update", "title": "Fix"], nil),
        ] as [(JSON, String?)])
    func anAgentGivesOne(_ update: JSON, _ title: String?) {
        #expect(SessionTitle.given(by: update) == title)
    }

    @Test func theLastOneOfSeveralEntriesCounts() {
        func entry(_ seq: Seq, _ title: JSON) -> Entry {
            Entry(
                seq: seq, timestamp: 1,
                body: .update(.other(["sessionUpdate": "session_info_update", "title": title])))
        }
        let note = Entry(seq: 3, timestamp: 1, body: .event(.note("n")))
        #expect(SessionTitle.given(by: [entry(1, "a"), entry(2, "b"), note]) == "b")
        #expect(SessionTitle.given(by: [entry(1, "a"), entry(2, .null)]) == "")
        #expect(SessionTitle.given(by: [note]) == nil)
    }

    @Test func aStateHasIt() throws {
        var state = SessionState()
        func apply(_ title: JSON) {
            let update: JSON = ["sessionUpdate": "session_info_update", "title": title]
            state.apply(Entry(seq: state.seq + 1, timestamp: 1, body: .update(.other(update))))
        }
        apply("A title")
        #expect(state.agent.title == "A title")
        #expect(try SessionState(json: state.json).agent.title == "A title")
        apply(7)
        #expect(state.agent.title == "A title")
        apply(.null)
        #expect(try state.agent.title == nil && SessionState(json: state.json) == state)
    }
}
