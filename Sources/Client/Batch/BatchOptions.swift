/// The options of a batch run (belay(1), "Batch").
public struct BatchOptions: Hashable, Sendable {
    /// The formats of the output.
    public enum Format: String, Hashable, Sendable, CaseIterable { case text, json, jsonl }

    /// The format of the output.
    public var format = Format.text
    /// A file that also receives the last answer; `nil` for none.
    public var outputFile: String?
    /// Whether the answer is written as it arrives.
    public var isStreaming = false
    /// Whether the run continues after a prompt that failed.
    public var keepsGoing = false
    /// Whether control characters of the answer are kept in the text format.
    public var isRaw = false
    /// The line between two answers in the text format.
    public var separator = ""
    /// How much is reported on standard error: 0 nothing, 1 changes of the connection, 2 also tool calls and plan
    /// steps.
    public var verbosity = 1
    /// The longest continuous time without a live connection before the run fails; `nil` for no bound.
    public var offlineMaximum: Duration? = .seconds(300)
    /// What is answered to an agent that asks for a permission.
    public var permissions = BatchPermissions.deny
    /// The time-out for the whole run; `nil` for none.
    public var timeout: Duration?
    /// The server's address, for the `session` line of jsonl.
    public var server = ""
    /// The command that resumes the chat, for the message of a run that did not complete.
    public var resume = ResumeCommand()

    /// The defaults: text, no file, five minutes offline, no time-out.
    public init() {}
}

/// The exit codes of batch runs: those of sysexits.h, and 1 for a turn that did not complete.
public enum BatchExit: Int32, Hashable, Sendable {
    case ok = 0
    case unfinished = 1
    case usage = 64
    case dataError = 65
    case noInput = 66
    case noUser = 67
    case unavailable = 69
    case software = 70
    case system = 71
    case cannotCreate = 73
    case ioError = 74
    case temporaryFailure = 75
    case protocolError = 76
    case noPermission = 77
    case configuration = 78

    /// The constant's name in sysexits.h, for the `result` line of jsonl.
    public var name: String {
        switch self {
        case .ok: "EX_OK"
        case .unfinished: "UNFINISHED"
        case .usage: "EX_USAGE"
        case .dataError: "EX_DATAERR"
        case .noInput: "EX_NOINPUT"
        case .noUser: "EX_NOUSER"
        case .unavailable: "EX_UNAVAILABLE"
        case .software: "EX_SOFTWARE"
        case .system: "EX_OSERR"
        case .cannotCreate: "EX_CANTCREAT"
        case .ioError: "EX_IOERR"
        case .temporaryFailure: "EX_TEMPFAIL"
        case .protocolError: "EX_PROTOCOL"
        case .noPermission: "EX_NOPERM"
        case .configuration: "EX_CONFIG"
        }
    }
}
