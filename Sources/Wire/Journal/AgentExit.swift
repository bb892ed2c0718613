/// How an agent ended that was not told to: the data of an `agent_exit` event (`protocol.md` §6).
public struct AgentExit: Hashable, Sendable {
    /// The exit code of its process; `nil` when a signal ended it, or when it has no process of its own.
    public var code: Int64?
    /// The signal that ended its process; `nil` when it exited by itself.
    public var signal: Int64?
    /// The last lines of its standard error, at most ``linesMaximum`` lines and ``bytesMaximum`` bytes.
    public private(set) var lines: [String]

    /// The most lines of standard error that are kept.
    public static let linesMaximum = 20
    /// The most bytes of these lines together; a longer last line is cut at its end.
    public static let bytesMaximum = 4 << 10

    /// Creates the end of an agent.
    ///
    /// - Parameters:
    ///   - code: The exit code of its process, if it exited.
    ///   - signal: The signal that ended it, if one did.
    ///   - lines: Its standard error; the last lines are kept, as many as fit the bounds.
    public init(code: Int64? = nil, signal: Int64? = nil, lines: [String] = []) {
        self.code = code
        self.signal = signal
        var kept: [String] = []
        var bytes = 0
        for line in lines.suffix(AgentExit.linesMaximum).reversed() {
            bytes += line.utf8.count
            if bytes > AgentExit.bytesMaximum {
                if kept.isEmpty { kept = [AgentExit.cut(line)] }
                break
            }
            kept.append(line)
        }
        self.lines = kept.reversed()
    }

    private static func cut(_ line: String) -> String {
        var bytes = 0
        let scalars = line.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= bytesMaximum
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// One sentence: how the agent ended.
    public var sentence: String {
        switch (code, signal) {
        case (_, let signal?): "the agent was ended by signal \(signal)"
        case (let code?, nil): "the agent ended with exit code \(code)"
        case (nil, nil): "the agent ended"
        }
    }
}

extension AgentExit: JSONConvertible {
    /// Decodes the data of an `agent_exit` event; every field is optional.
    public init(json: JSON) throws(RPCError) {
        self.init(
            code: try json.optional("code", in: .code), signal: try json.optional("signal", in: .code),
            lines: json["stderr"]?.array?.compactMap(\.string) ?? [])
    }

    /// The data of an `agent_exit` event.
    public var json: JSON {
        .object(of: [
            "code": code.map { .integer($0) }, "signal": signal.map { .integer($0) },
            "stderr": lines.isEmpty ? nil : .array(lines.map { .string($0) }),
        ])
    }
}
