import Sync
import Testing
import Wire

@testable import Screen

/// What is copied by the keyboard, and what is said about it.
@Suite struct CopyTests {
    private static let answer = """
        Two ways:

        ```swift
        let a = 1
        let b = "`"
        ```

        or, longer:

        ~~~~ sh
        echo ```
        ~~~
        ~~~~
        """

    @Test func theLastBlockOfCodeIsCopiedFirst() {
        var screen = Fixture()
        screen.arrive(.user("How?"), .agent(Self.answer))
        #expect(screen.press(.alt("y")) == [.copy("echo ```\n~~~\n")])
        screen.send(.copied(by: ["terminal, OSC 52"]))
        #expect(screen.text.last == " Copied sh code, 2 lines (terminal, OSC 52).")
        // Again at once: what is above it, then the whole message, then the prompt.
        #expect(screen.press(.alt("y")) == [.copy("let a = 1\nlet b = \"`\"\n")])
        #expect(screen.press(.alt("y")) == [.copy(Self.answer)])
        #expect(screen.press(.alt("y")) == [.copy("How?")])
        #expect(screen.press(.alt("y")) == [.copy("echo ```\n~~~\n")])
        // Later it begins anew.
        screen.seconds += 10
        #expect(screen.press(.alt("y")) == [.copy("echo ```\n~~~\n")])
    }

    @Test func theLinesAreTheAgentsAndNotTheScreens() {
        var screen = Fixture(columns: 40)
        let line = String(repeating: "word ", count: 30)
        screen.arrive(.agent(line + "end"))
        #expect(screen.press(.alt("y")) == [.copy(line + "end")])
    }

    @Test func oneLetterIsEnoughWhileReading() {
        var screen = Fixture()
        screen.arrive(.agent((0..<60).map { "line \($0)" }.joined(separator: "\n\n")))
        #expect(screen.press(.character("y")) == [.saveDraft("y")], "it is typed")
        screen.press(.control("u"), .pageUp)
        #expect(screen.text.last?.contains("y copy") == true)
        guard case .copy(let text) = screen.press(.character("y")).first else {
            Issue.record("nothing was copied")
            return
        }
        #expect(text.hasPrefix("line 0\n\nline 1\n"))
        #expect(screen.model.editor.isEmpty)
        screen.type("x")
        #expect(screen.press(.character("y")) == [.saveDraft("xy")], "a word has begun")
    }

    @Test func codeThatIsStillBeingWrittenIsCopied() {
        var screen = Fixture()
        screen.arrive(.agent("```\nfirst\nsec"))
        #expect(screen.press(.alt("y")) == [.copy("first\nsec\n")])
    }

    @Test func whatCannotBeCopiedIsSaid() {
        var screen = Fixture()
        #expect(screen.press(.alt("y")) == [])
        #expect(screen.text.last == " There is nothing to copy in view.")
        screen.arrive(.agent("text"))
        screen.type("/copy")
        #expect(screen.press(.enter).contains(.copy("text")))
        screen.send(.copied(by: []))
        #expect(screen.text.last == " Not copied: neither the terminal nor a program takes it.")
    }
}

/// What stays in the terminal when the screen is left.
@Suite struct ClosingTextTests {
    @Test func theConversationInViewStays() {
        var screen = Fixture()
        #expect(screen.model.closingText(now: screen.now, wallClock: screen.wallClock) == [])
        screen.arrive(.user("How?"), .agent("Like *this*."))
        #expect(
            screen.model.closingText(now: screen.now, wallClock: screen.wallClock) == [
                " 17:30  you     How?", "", " 17:30  agent   Like this.", "",
            ])
        screen.send(.resized(Size(columns: 10, rows: 3)))
        #expect(screen.model.closingText(now: screen.now, wallClock: screen.wallClock) == [])
    }
}

/// Addresses behind the text of links.
@Suite struct LinkTextTests {
    @Test func theTextOfALinkAndItsAddressLeadThere() {
        var screen = Fixture(columns: 50)
        let place = "https://example.com/a/long/path/that/does/not/fit/one/line"
        screen.arrive(.agent("See [the *page*](\(place)) and <https://b.example>."))
        let links = screen.frame.rows.flatMap { $0 }.compactMap { span in span.link.map { (span.text, $0) } }
        #expect(links.filter { $0.1 == place }.map(\.0).joined().contains("the page"))
        #expect(links.contains { $0.1 == place && $0.0.contains("path") }, "each part of an address that is wrapped")
        #expect(links.contains { $0 == ("https://b.example", "https://b.example") })
    }
}
