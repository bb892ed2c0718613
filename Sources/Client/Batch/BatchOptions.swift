/// What a batch run is asked for (`belay.1`).
public struct BatchOptions: Hashable, Sendable {
    /// The form of the output.
    public enum Format: String, Hashable, Sendable, CaseIterable { case text, json, jsonl }

    /// The form of the output.
    public var format = Format.text
    /// A file that gets the last answer as well.
    public var outputFile: String?
    /// Whether the answer is written as it comes.
    public var isStreaming = false
    /// Whether to go on after a prompt that failed.
    public var keepsGoing = false
    /// Whether control characters of the answer are kept.
    public var isRaw = false
    /// What stands between two answers in text.
    public var separator = ""
    /// How much is said on standard error: 0 nothing, 1 changes of the connection, 2 tools and plans as well.
    public var verbosity = 1
    /// The longest time without a live connection, in one stretch; `nil` for any.
    public var offlineMaximum: Duration? = .seconds(300)
    /// The longest run; `nil` for any.
    public var timeout: Duration?
    /// The server's address, for the first line.
    public var server = ""
    /// How a chat is gone on with, for whoever reads that the run did not end well.
    public var resume = ResumeCommand()

    /// The defaults.
    public init() {}
}

/// Exit codes of batch runs: sysexits.h, with 1 for a turn that did not end well.
public enum BatchExit: Int32, Hashable, Sendable {
    case ok = 0
    case unfinished = 1
    case usage = 64
    case dataError = 65
    case noInput = 66
    case noUser = 67
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case ioError = 74
    case temporaryFailure = 75
    case protocolError = 76
    case noPermission = 77
    case configuration = 78

    /// The name in sysexits.h.
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
        case .cannotCreate: "EX_CANTCREAT"
        case .ioError: "EX_IOERR"
        case .temporaryFailure: "EX_TEMPFAIL"
        case .protocolError: "EX_PROTOCOL"
        case .noPermission: "EX_NOPERM"
        case .configuration: "EX_CONFIG"
        }
    }
}
