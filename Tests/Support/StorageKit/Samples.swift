public import Wire

/// A note, which no chunk is merged with.
///
/// - Parameter timestamp: When it was written; 100 more than its number unless it is given.
public func note(_ seq: Seq, _ text: String = "note", at timestamp: Timestamp? = nil) -> Entry {
    Entry(seq: seq, timestamp: timestamp ?? 100 + seq, body: .event(.note(text)))
}

/// A piece of an agent's message; when it was merged, of `from` and those behind it.
public func chunk(_ seq: Seq, from: Seq? = nil, _ text: String = "text") -> Entry {
    Entry(
        from: from, seq: seq, timestamp: seq, body: .update(.agentMessage(.init(messageID: "m", content: .text(text)))))
}

/// The entry of a prompt.
public func echo(_ seq: Seq, of id: ClientMessageID) -> Entry {
    Entry(
        seq: seq, timestamp: seq, clientMessageID: id,
        body: .update(.userMessage(.init(messageID: "u", content: .text("\(id)?")))))
}

/// Notes with these numbers.
public func notes(_ range: ClosedRange<Seq>, _ text: String = "note") -> [Entry] { range.map { note($0, text) } }

/// The error of a store that the work throws; `nil` when it throws none.
public func storeError(_ work: () throws -> Void) -> StoreError? {
    do {
        try work()
        return nil
    } catch {
        return error as? StoreError
    }
}

extension StoreError {
    /// Whether the disk is full.
    public var isFull: Bool { if case .full = self { true } else { false } }
    /// Whether a file is damaged.
    public var isCorrupt: Bool { if case .corrupt = self { true } else { false } }
    /// Whether it is none of the failures that have a case of their own.
    public var isFailed: Bool { if case .failed = self { true } else { false } }
}
