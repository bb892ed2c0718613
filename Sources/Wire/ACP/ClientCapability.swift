/// What a client does for agents (ACP, Initialization: `clientCapabilities`). A set of them is what one client offers.
public enum ClientCapability: Hashable, Sendable, CaseIterable {
    /// `fs/read_text_file`: files with what an editor has not saved yet.
    case readTextFile
    /// `fs/write_text_file`.
    case writeTextFile
    /// `terminal/create` and the other methods of terminals.
    case terminal
    /// `elicitation/create`: forms and links.
    case elicitation

    /// The capability that a client needs for a method; `nil` for one that is no method of clients, or that every client has.
    public init?(for method: String) {
        switch method {
        case Method.readTextFile: self = .readTextFile
        case Method.writeTextFile: self = .writeTextFile
        case Method.createTerminal, Method.terminalOutput, Method.waitForTerminal, Method.killTerminal,
            Method.releaseTerminal:
            self = .terminal
        case Method.createElicitation: self = .elicitation
        default: return nil
        }
    }
}

extension Set<ClientCapability> {
    /// What of these a client offers in `clientCapabilities`; what is missing, or not as ACP has it, is not offered.
    public init(json: JSON?) {
        self = []
        if json?["fs"]?["readTextFile"] == true { insert(.readTextFile) }
        if json?["fs"]?["writeTextFile"] == true { insert(.writeTextFile) }
        if json?["terminal"] == true { insert(.terminal) }
        if json?["elicitation"]?.members != nil { insert(.elicitation) }
    }

    /// The members of `clientCapabilities`; none for what is not offered.
    public var members: [JSON.Member] {
        let files: [JSON.Member] =
            (contains(.readTextFile) ? [JSON.Member("readTextFile", true)] : [])
            + (contains(.writeTextFile) ? [JSON.Member("writeTextFile", true)] : [])
        return (files.isEmpty ? [] : [JSON.Member("fs", .object(files))])
            + (contains(.terminal) ? [JSON.Member("terminal", true)] : [])
            + (contains(.elicitation) ? [JSON.Member("elicitation", ["form": [:], "url": [:]])] : [])
    }
}
