/// What a key does, in words: the table from which the help page and the section of `belay(1)` are made.
struct KeyHelp: Hashable, Sendable {
    /// The keys that do the same, `^` for Control.
    let keys: [String]
    /// What they do, one line without a full stop.
    let does: String

    private init(_ keys: String..., does: String) { (self.keys, self.does) = (keys, does) }

    static let all = [
        KeyHelp("Enter", does: "send"),
        KeyHelp("^J", "Alt-Enter", does: "a new line; also Shift-Enter where the terminal tells it from Enter"),
        KeyHelp("Esc", does: "close what is open; otherwise stop the turn that runs or is about to begin"),
        KeyHelp(
            "Tab", does: "complete a /command or an @file, open the paste at the cursor, or answer the agent's question"
        ),
        KeyHelp("Shift-Tab", does: "the agent's next mode, such as how it asks for permission"),
        KeyHelp("Up", "Down", does: "the line above or below; from the first line, earlier prompts"),
        KeyHelp("^R", does: "search what was sent in this chat; again: in all chats"),
        KeyHelp("^F", does: "search what was said in this chat; again: in all chats; then n and N go through it"),
        KeyHelp("^G", does: "edit in $VISUAL or $EDITOR"),
        KeyHelp("^S", does: "go to another chat, or do something with it"),
        KeyHelp("Alt-1", "Alt-9", does: "go to the first chat of the list, up to the ninth"),
        KeyHelp("Alt-A", does: "go to a chat that asks for an answer, or has something new"),
        KeyHelp("Alt-/", does: "go back to the chat before this one"),
        KeyHelp("PgUp", "PgDn", does: "scroll up or down"),
        KeyHelp("Home", "End", does: "the beginning or end of the transcript; with text in the input, of its line"),
        KeyHelp("^O", does: "open or fold tool calls and thoughts"),
        KeyHelp(
            "Alt-Up", "Alt-Down",
            does: "with an empty input: choose a message or call; Enter opens or folds it, y copies it"),
        KeyHelp("Ctrl-Left", "Ctrl-Right", does: "with an empty input: long lines of code and output"),
        KeyHelp("^A", "^E", does: "the beginning or end of the line"),
        KeyHelp("^B", "^P", "^N", does: "left, up and down, as the arrows"),
        KeyHelp("Alt-B", "Alt-F", does: "a word to the left or right; also Ctrl with an arrow"),
        KeyHelp("^U", "^K", does: "delete to the beginning or end of the line"),
        KeyHelp("^W", "Alt-D", does: "delete the word before or behind the cursor"),
        KeyHelp("^Y", does: "insert what these have deleted last"),
        KeyHelp("^_", does: "undo"),
        KeyHelp("Alt-Y", does: "copy the last code or message in view, then the one above; also y while scrolled up"),
        KeyHelp("^C", does: "clear the input; twice within a second: leave"),
        KeyHelp("^D", does: "delete a character; in an empty input: leave"),
        KeyHelp("^L", does: "paint the screen again"),
        KeyHelp("^Z", does: "suspend"),
        KeyHelp("^T", does: "the plan, tools, connection and usage: a panel, or none"),
        KeyHelp("F1", does: "this help"),
        KeyHelp("F5", does: "connect now"),
    ]
}
