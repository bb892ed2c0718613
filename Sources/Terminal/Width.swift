import Screen

/// The width function for `widths.c`, which replaces ncurses' `wcwidth`.
@c(terminal_columns_of)
func columnsForCurses(of character: CInt) -> CInt {
    guard let scalar = Unicode.Scalar(UInt32(bitPattern: character)) else { return -1 }
    return character == 0 ? 0 : CInt(columns(of: scalar))
}
