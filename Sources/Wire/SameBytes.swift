extension String {
    /// Whether both have the same bytes in UTF-8. `==` compares by canonical equivalence, by which two spellings of an
    /// accented letter are equal.
    func hasSameBytes(as other: String) -> Bool {
        // Strings with the same bytes are equal, and `==` compares short ones, and those in ASCII, by their bytes at once.
        guard self == other else { return false }
        return utf8.count == other.utf8.count
            && (utf8.withContiguousStorageIfAvailable { bytes in other.hasBytes(UnsafeRawBufferPointer(bytes)) }
                ?? utf8.elementsEqual(other.utf8))
    }

    /// Whether these are its bytes in UTF-8.
    func hasBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let isEqual = utf8.withContiguousStorageIfAvailable { own in
            own.count == bytes.count && own.indices.allSatisfy { own[$0] == bytes[$0] }
        }
        return isEqual ?? utf8.elementsEqual(bytes)
    }
}
