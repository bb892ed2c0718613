/// Parses a stream of server-sent events (WHATWG HTML, "Server-sent events", 9.2.6), fed with bytes that are cut anywhere.
///
/// Lines end with CR, LF or both; a byte order mark at the beginning and comments are skipped; the lines of `data` are
/// joined by LF. What only a browser needs (`id`, `retry`) is skipped as well.
struct EventStreamParser {
    /// The most bytes of one event; a longer one is an error, not a truncated event.
    static let bytesMaximum = 8 << 20

    /// One event.
    struct Event: Hashable, Sendable {
        /// The kind; `message` unless the stream names another.
        var name = "message"
        /// The lines of its data, joined.
        var data: String
    }

    /// An event is longer than ``bytesMaximum``.
    struct TooLong: Error {}

    private static let (lf, cr): (UInt8, UInt8) = (0x0A, 0x0D)

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var isBeginning = true
    /// The last byte was a CR: an LF right behind it belongs to the same end of a line.
    private var endsWithCR = false

    /// Takes bytes, and returns the events that they complete. An event that the stream's end cuts off is no event.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            defer { endsWithCR = byte == Self.cr }
            if byte == Self.lf && endsWithCR { continue }
            guard byte == Self.lf || byte == Self.cr else {
                line.append(byte)
                guard line.count + data.count <= Self.bytesMaximum else { throw TooLong() }
                continue
            }
            if let event = endLine() { events.append(event) }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }

    private mutating func endLine() -> Event? {
        var line = line[...]
        if isBeginning, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        isBeginning = false
        guard !line.isEmpty else { return dispatch() }
        let field = line.prefix { $0 != UInt8(ascii: ":") }
        var value = line.dropFirst(field.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if field.elementsEqual("data".utf8) {
            if hasData { data.append(Self.lf) }
            hasData = true
            data += value
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    private mutating func dispatch() -> Event? {
        defer { (data, hasData, name) = ([], false, "") }
        guard hasData else { return nil }
        return Event(name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self))
    }
}
