import Wire

/// The last lines that a process wrote to its standard error, within bounds.
struct ErrorTail: Hashable, Sendable {
    /// The most bytes that are kept: twice what ``AgentExit`` holds, so that cutting is seldom.
    private static let bytesMaximum = 2 * AgentExit.bytesMaximum

    private var bytes: [UInt8] = []

    /// Adds what was written, cut anywhere.
    mutating func add(_ more: [UInt8]) {
        bytes += more.suffix(Self.bytesMaximum)
        if bytes.count > 2 * Self.bytesMaximum { bytes.removeFirst(bytes.count - Self.bytesMaximum) }
    }

    /// The last lines, without control characters and without empty ones.
    var lines: [String] {
        // The first of more bytes than are kept may have lost its beginning.
        let isCut = bytes.count > Self.bytesMaximum
        let kept = isCut ? Array(bytes.suffix(Self.bytesMaximum).drop { $0 != 0x0A }) : bytes
        return kept.split(separator: 0x0A).suffix(AgentExit.linesMaximum).compactMap { line in
            let text = String(decoding: line, as: UTF8.self).withoutControls.trimmingEnd
            return text.isEmpty ? nil : text
        }
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
