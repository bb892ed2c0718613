/// A key that the user pressed, or text that was pasted.
public enum Key: Hashable, Sendable {
    /// A printable grapheme cluster.
    case character(Character)
    /// A letter with Control, in lower case: `j` for ^J.
    case control(Character)
    /// A printable character with Alt (Meta).
    case alt(Character)
    /// The text of a bracketed paste; a newline in it does not send the prompt.
    case paste(String)
    case enter, altEnter, escape, tab, backTab, backspace, delete
    case up, down, left, right, home, end, pageUp, pageDown
    /// Move by a word: Control or Alt with an arrow key.
    case wordLeft, wordRight
    /// Alt or Control with an arrow up or down.
    case altUp, altDown
    /// A function key by its number, from 1 to 12.
    case function(Int)
    /// The terminal window gained or lost the focus.
    case focus(Bool)
}
