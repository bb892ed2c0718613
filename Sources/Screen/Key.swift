/// What the user pressed, or pasted.
public enum Key: Hashable, Sendable {
    /// A printable character, whole with its combining marks.
    case character(Character)
    /// A letter with Control, lower case: `j` for ^J.
    case control(Character)
    /// A printable character with Alt.
    case alt(Character)
    /// Text between the marks of a bracketed paste; it never sends.
    case paste(String)
    case enter, altEnter, escape, tab, backTab, backspace, delete
    case up, down, left, right, home, end, pageUp, pageDown
    /// A word to the left or right: Control or Alt with an arrow.
    case wordLeft, wordRight
    /// F1 to F12.
    case function(Int)
    /// The terminal gained or lost the focus.
    case focus(Bool)
}
