/// The names of the methods: those of ACP, and those of the resume layer, which begin with `_belay/`.
public enum Method {
    /// Client → agent: versions and capabilities.
    public static let initialize = "initialize"
    /// Client → agent: ACP's sign-in; a no-op here, since the token comes with the upgrade.
    public static let authenticate = "authenticate"
    /// Client → agent: create a session.
    public static let newSession = "session/new"
    /// Client → agent: replay a session from its start.
    public static let loadSession = "session/load"
    /// Client → agent: attach, and replay from the client's cursor.
    public static let resumeSession = "session/resume"
    /// Client → agent: the sessions of this user.
    public static let listSessions = "session/list"
    /// Client → agent: cancel the running turn and detach.
    public static let closeSession = "session/close"
    /// Client → agent: delete a session and its journal.
    public static let deleteSession = "session/delete"
    /// Client → agent: a prompt; answered when its turn has ended.
    public static let prompt = "session/prompt"
    /// Client → agent, notification: stop the turn.
    public static let cancel = "session/cancel"
    /// Agent → client, notification: an update of the session.
    public static let update = "session/update"
    /// Agent → client: ask the user for permission.
    public static let requestPermission = "session/request_permission"
    /// Agent → client: ask the user for input.
    public static let createElicitation = "elicitation/create"
    /// Client → agent: choose a mode.
    public static let setMode = "session/set_mode"
    /// Client → agent: set an option of the session.
    public static let setConfigOption = "session/set_config_option"
    /// Agent → client: read a file through the client.
    public static let readTextFile = "fs/read_text_file"
    /// Agent → client: write a file through the client.
    public static let writeTextFile = "fs/write_text_file"
    /// Agent → client: run a command through the client.
    public static let createTerminal = "terminal/create"
    /// Agent → client: what a command has printed.
    public static let terminalOutput = "terminal/output"
    /// Agent → client: wait until a command has ended.
    public static let waitForTerminal = "terminal/wait_for_exit"
    /// Agent → client: end a command, and keep its output.
    public static let killTerminal = "terminal/kill"
    /// Agent → client: end a command, and forget it.
    public static let releaseTerminal = "terminal/release"
    /// Either way, notification: cancels a request.
    public static let cancelRequest = "$/cancel_request"

    /// Server → client, notification: a journal entry that ACP has no frame for.
    public static let event = "_belay/event"
    /// Server → client, notification: the fence at the end of a replay.
    public static let caughtUp = "_belay/caught_up"
    /// Server → client, notification: a snapshot follows.
    public static let resync = "_belay/resync"
    /// Client → server, notification: what is durable on the client's disk.
    public static let ack = "_belay/ack"
    /// Either way: heartbeat, and round-trip time.
    public static let ping = "_belay/ping"
    /// Client → server, notification: leave without cancelling.
    public static let detach = "_belay/detach"
    /// Client → server: the projections of the journal.
    public static let state = "_belay/state"
    /// Client → server: a page of the conversation.
    public static let history = "_belay/history"
    /// Client → server: entries of a gap, which the client was not sent when it attached.
    public static let fill = "_belay/fill"
    /// Server → client, notification: what goes on in another session of the user, to a client that follows them.
    public static let session = "_belay/session"
    /// Client → server: a new session with a copy of what was said in another one.
    public static let fork = "_belay/fork"
    /// Server → client, notification: entries of a gap, of which more follow.
    public static let filled = "_belay/filled"
}
