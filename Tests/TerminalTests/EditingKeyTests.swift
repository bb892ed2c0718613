import Screen
import Testing
import Wire

@testable import Terminal

/// What the keys of `belay.1` do to the input: from the bytes that terminals send for them to the text.
@Suite struct EditingKeyTests {
    /// What is sent behind `one two three`, and what stands there then, with a bar where the caret is.
    static let table: [(keys: String, text: String)] = [
        // Alt-B and Alt-F: behind ESC, in kitty's protocol, and as modifyOtherKeys has them
        ("\u{1B}b", "one two |three"), ("\u{1B}b\u{1B}b", "one |two three"),
        ("\u{1B}b\u{1B}b\u{1B}b", "|one two three"),
        ("\u{1B}[98;3u", "one two |three"), ("\u{1B}[27;3;98~", "one two |three"),
        ("\u{1}\u{1B}f", "one| two three"), ("\u{1}\u{1B}f\u{1B}f", "one two| three"),
        ("\u{1}\u{1B}[102;3u", "one| two three"), ("\u{1}\u{1B}[27;3;102~", "one| two three"),
        // Control with an arrow: as xterm has it, kitty, and rxvt
        ("\u{1B}[1;5D", "one two |three"), ("\u{1B}[1;5:1D", "one two |three"), ("\u{1B}Od", "one two |three"),
        ("\u{1}\u{1B}[1;5C", "one| two three"), ("\u{1}\u{1B}[1;5:1C", "one| two three"),
        ("\u{1}\u{1B}Oc", "one| two three"),
        ("\u{1B}[1;5D\u{1B}[1;5D\u{1B}[1;5C", "one two| three"),
        // Control-H: what some terminals send for Backspace
        ("\u{8}", "one two thre|"), ("\u{1B}[104;5u", "one two thre|"), ("\u{1B}[27;5;104~", "one two thre|"),
        ("\u{1B}b\u{8}", "one two|three"),
        // The beginning and the end of the line
        ("\u{1}", "|one two three"), ("\u{1}\u{5}", "one two three|"), ("\u{1B}[H", "|one two three"),
        ("\u{1B}[H\u{1B}[F", "one two three|"), ("\u{1B}[1~\u{1B}[4~", "one two three|"),
        // What deletes
        ("\u{1B}b\u{15}", "|three"), ("\u{1B}b\u{B}", "one two |"), ("\u{17}", "one two |"),
        ("\u{1}\u{4}", "|ne two three"), ("\u{1}\u{1B}[3~", "|ne two three"), ("\u{7F}", "one two thre|"),
        ("\u{3}", "|"),
        // A new line, and back over its end
        ("\n", "one two three\n|"), ("\u{1B}\r", "one two three\n|"), ("\n\u{1B}b", "one two three|\n"),
        ("\n\u{1B}[A", "|one two three\n"), ("\u{1}\n\u{1B}[A\u{1B}[B", "\n|one two three"),
    ]

    @Test(arguments: table)
    func eachKeyDoesWhatTheManualSays(keys: String, text: String) throws {
        var model = Model(theme: try Theme([:]), glyphs: .unicode, size: Size(columns: 80, rows: 24))
        var decoder = KeyDecoder()
        var draft = ""
        // The bar is typed, so it stands where the caret was.
        for key in decoder.feed(("one two three" + keys + "|").utf8) {
            for case .saveDraft(let kept) in update(&model, .key(key), now: Instant(nanoseconds: 0), wallClock: 0) {
                draft = kept
            }
        }
        #expect(draft == text)
    }
}
