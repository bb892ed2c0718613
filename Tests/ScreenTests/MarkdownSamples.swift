/// Texts as agents write them.
enum MarkdownSamples {
    static let text = """
        # The retry path

        The retry carries an **idempotency key** now, so a prompt that was sent *twice* runs `once`. ~~No more doubles.~~

        ## What changed
        - `sendWithBackoff` takes a key
          - which is made *before* the first try, and is therefore the same for each of them
          - and is kept in the outbox
        - the server drops the second copy

        1. Read [the report](https://example.org/reports/17)
        2. See https://example.org/plain
        10. ![a graph](graph.png)

        - [x] tests
        - [ ] documentation

        > It is never too late
        > to *retry*.

        | client | loses | median |
        |:-------|:-----:|-------:|
        | belay  | never | 48 ms  |
        | others | at times, when the network changes while they wait for an answer | 1,204 ms |

        ---
        Line one<br>line two, and <kbd>Esc</kbd> as it is.
        """

    static let code = """
        The retry now carries an idempotency key:

        ```swift
        /// Sends it once.
        func sendWithBackoff(_ r: Request, idempotencyKey: UUID) async throws -> Reply {
            let text = "a \\"string\\"" /* a comment
            of two lines */
            return try await send(r, key: idempotencyKey, retries: 3, timeout: .seconds(0.25), then: { $0 })
        }
        ```
        Run it:

        ```sh
        swift test --filter "LoginTests" # twice
        ```

        - In a list:

          ```json
          {"name": "belay", "count": 3, "ok": true}
          ```

        ```diff
        @@ -1,2 +1,2 @@
        -let a = 1
        +let a = 2
        ```

            indented code
        """

    private static let parts = [
        "Some words that make a line long enough to be wrapped somewhere.", "**bold** and *italic* and `code`.",
        "# Heading", "## Another", "- item", "- item with **bold**\n  and a second line", "  - nested", "1. one",
        "2. two", "> quoted", "> > twice", "| a | b |\n|---|---|\n| 1 | 2 |",
        "```swift\nlet a = 1 /* open\n*/ func b()\n```",
        "~~~\ncode\n\nmore\n~~~", "---", "***", "Title\n===", "    indented", "<div>\nhtml\n</div>", "[x]: https://a.b",
        "[x] and [y](https://c.d)", "![i](j)", "* * *", "+ plus", "- [ ] task", "中文字符和更多的文字在这里。", "👍🏽 emoji",
        "a\\\nb", "trailing  \nbreak", "&amp; &#27; entity", "para\n| h |\n|---|\n| c |", "```\nnever closed", "`open",
        "**open", "_a_ __b__ ~~c~~", "http://e.f/g", "-", "=", "| half", "1) paren", "- a\n\n  b\n\n- c",
        "<!-- a\n\ncomment -->", "term\n: no list", "\\*escaped\\*", "2020. A year", "* a\n+ b\n- c",
    ]

    /// A text of random parts, apart from one another by one or two line ends.
    static func random(using generator: inout some RandomNumberGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 1...25, using: &generator) {
            text += parts.randomElement(using: &generator) ?? ""
            text += String(repeating: "\n", count: Int.random(in: 1...3, using: &generator))
        }
        return text
    }
}
