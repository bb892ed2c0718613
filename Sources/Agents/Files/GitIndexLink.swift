/// The `link` extension of a split index: where most entries are, and which of those no longer count.
struct GitIndexLink: Hashable, Sendable {
    /// The hash of the shared index in hexadecimal, which is part of its file's name.
    var name: String
    /// The positions of the entries of the shared index that are deleted.
    var deleted: Set<Int> = []

    /// Finds the extension behind the entries of an index; `nil` when there is none, or it is malformed.
    init?(in bytes: [UInt8], from start: Int, objectNameLength: Int) {
        var place = start
        // The checksum stands at the end.
        while place + 8 <= bytes.count - objectNameLength {
            let (data, length) = (place + 8, GitIndex.number(bytes, place + 4))
            guard length <= bytes.count - objectNameLength - data else { return nil }
            if bytes[place...].starts(with: "link".utf8) {
                self.init(Array(bytes[data..<data + length]), objectNameLength: objectNameLength)
                return
            }
            place = data + length
        }
        return nil
    }

    private init?(_ data: [UInt8], objectNameLength: Int) {
        guard data.count >= objectNameLength else { return nil }
        let hash = data[..<objectNameLength]
        guard hash.contains(where: { $0 != 0 }) else { return nil }
        name = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        guard data.count > objectNameLength else { return }
        guard let deleted = GitIndexLink.positions(in: data, from: objectNameLength) else { return nil }
        self.deleted = deleted
    }

    /// The bits that are set in a bitmap that is compressed by EWAH: words of 64 bits, of which some tell how many
    /// words of equal bits and how many literal ones follow.
    private static func positions(in data: [UInt8], from start: Int) -> Set<Int>? {
        guard start + 8 <= data.count else { return nil }
        let (bits, words) = (GitIndex.number(data, start), GitIndex.number(data, start + 4))
        let first = start + 8
        guard words <= (data.count - first) / 8 else { return nil }
        func word(_ index: Int) -> UInt64 {
            data[first + 8 * index..<first + 8 * index + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        // An entry takes more than 60 bytes, so a longer bitmap is none of an index that is read.
        guard bits <= GitIndex.bytesMaximum / 60 + 64 else { return nil }
        var positions: Set<Int> = []
        var (index, bit) = (0, 0)
        while index < words, bit < bits {
            let marker = word(index)
            let run = Int(marker >> 1 & 0xFFFF_FFFF) * 64
            if marker & 1 == 1 { positions.formUnion(bit..<min(bit + run, bits)) }
            bit += run
            let literals = Int(marker >> 33)
            guard literals < words - index else { return nil }
            for offset in 0..<literals where bit < bits {
                let literal = word(index + 1 + offset)
                for place in 0..<64 where literal >> UInt64(place) & 1 == 1 { positions.insert(bit + place) }
                bit += 64
            }
            index += 1 + literals
        }
        return positions
    }
}
