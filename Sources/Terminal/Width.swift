import Screen

/// How many cells a character takes: the other half of `widths.c`.
@c(terminal_columns_of)
func columnsForCurses(of character: CInt) -> CInt {
    guard let scalar = Unicode.Scalar(UInt32(bitPattern: character)) else { return -1 }
    return character == 0 ? 0 : CInt(columns(of: scalar))
}
