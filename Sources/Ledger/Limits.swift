/// The retention times and the bounds of one session, from the configuration.
public struct Limits: Hashable, Sendable {
    /// `sessions.brief`: a client that was away for less has the tier ``Tier/brief``.
    public var brief: Duration
    /// `sessions.expire`: a session whose clients are away for longer expires; `nil` for never.
    public var expire: Duration?
    /// `sessions.archive`: how long the transcript of an expired session can be read.
    public var archive: Duration
    /// Prompts that may wait behind a running turn; one more is refused, and the client keeps it.
    public var turnsQueued: Int
    /// How many of the newest entries are held in memory (``Tail``) while a turn goes on, for replays to clients that were
    /// away briefly.
    public var tailEntries: Int
    /// The most bytes of these; one entry is always held while a turn goes on.
    public var tailBytes: Int
    /// How many entries one page of a replay has.
    public var pageEntries: Int
    /// The most bytes of one page; one entry is always read.
    public var pageBytes: Int
    /// Entries that are committed at once; the rest waits for the next commit.
    public var commitEntries: Int
    /// What a client that lacks a lot is sent before it is current, in bytes: about a screen, and with the state that comes
    /// along no more than fits the first flight of a TCP connection.
    public var screenBytes: Int
    /// Questions that one turn may have open; one more is answered as cancelled.
    public var questionsOpen: Int
    /// Requests that may wait for the end of one turn; one more is refused.
    public var waiters: Int
    /// Prompts whose turns have ended that are kept in memory, for clients that repeat them; the others are looked up in
    /// the store.
    public var promptsKept: Int
    /// After how many entries a commit that ends a turn stores a checkpoint of the state as well; after twice as many any
    /// commit does.
    public var checkpointEntries: Int
    /// Bytes that one session may hold; past it prompts are refused, and a turn that goes on for too long is ended.
    public var sessionBytes: Int64
    /// How long streamed text is gathered before it is stored, counted from the last time: the most that a client that
    /// is live waits for a chunk because of it.
    public var textInterval: Duration
    /// How many bytes of streamed text are gathered at most; with that many it is stored at once.
    public var textBytes: Int
    /// How long an agent may go on with a turn that is being stopped; then the turn is ended without it.
    public var cancelGrace: Duration

    /// Creates limits; the defaults are those of `belayd(8)`.
    public init(
        brief: Duration = .seconds(30), expire: Duration? = .seconds(300), archive: Duration = .seconds(30 * 86_400),
        turnsQueued: Int = 16, tailEntries: Int = 64, tailBytes: Int = 32 << 10, pageEntries: Int = 2_000,
        pageBytes: Int = 256 << 10, commitEntries: Int = 1_000, screenBytes: Int = 9 << 10, questionsOpen: Int = 32,
        waiters: Int = 64, promptsKept: Int = 32, checkpointEntries: Int = 64, sessionBytes: Int64 = 256 << 20,
        textInterval: Duration = .milliseconds(90), textBytes: Int = 16 << 10, cancelGrace: Duration = .seconds(10)
    ) {
        self.brief = brief
        self.expire = expire
        self.archive = archive
        self.turnsQueued = turnsQueued
        self.tailEntries = tailEntries
        self.tailBytes = tailBytes
        self.pageEntries = pageEntries
        self.pageBytes = pageBytes
        self.commitEntries = commitEntries
        self.screenBytes = screenBytes
        self.questionsOpen = questionsOpen
        self.waiters = waiters
        self.promptsKept = promptsKept
        self.checkpointEntries = checkpointEntries
        self.sessionBytes = sessionBytes
        self.textInterval = textInterval
        self.textBytes = textBytes
        self.cancelGrace = cancelGrace
    }
}
