import Sync
import Wire

/// The state of the screen. ``update(_:_:now:wallClock:)`` changes it, and ``view(_:now:wallClock:)`` draws it.
public struct Model: Hashable, Sendable {
    /// The turn that is running.
    struct RunningTurn: Hashable, Sendable {
        var id: TurnID
        var startedAt: Timestamp
    }

    /// A message that replaces the row of hints for a moment.
    struct Flash: Hashable, Sendable {
        /// How long it is shown by default.
        static let duration = Duration.seconds(3)

        var text: String
        var until: Instant
    }

    /// The monotonic clock and the wall clock, read at one moment.
    struct ClockReading: Hashable, Sendable {
        var now: Instant
        var wallClock: Timestamp
    }

    /// The size of the screen.
    public internal(set) var size: Size
    /// Whether something may move on the screen (`ui.motion`).
    public var hasMotion = true
    /// Whether the row of hints is shown when there is room (`ui.hints`).
    public var hasHints = true
    /// The styles of the roles; setting it discards all layouts, which contain styles.
    public internal(set) var theme: Theme { didSet { restyle() } }
    /// The names that `/theme` is completed to.
    public var themeNames: [String] = []
    /// The characters that the terminal can display.
    var glyphsPossible: GlyphSet { didSet { restyle() } }

    var glyphs: Glyphs
    var zone: TimeZoneTable
    var title: String
    var folder = ""
    var agent = ""
    var connection = ConnectionStatus(state: .connecting)
    var transcript = Transcript()
    var outbox = Outbox()
    var plan: [PlanEntry] = []
    var turn: RunningTurn?
    var editor = Editor()
    var prompts = PromptHistory()
    var flash: Flash?
    /// The agent's questions.
    var box = QuestionBox()
    /// The list of chats while it is shown, or the chats beside the transcript have the keys; `nil` otherwise.
    var picker: SessionPicker?
    /// The chats of this machine as far as they are known, in an order in which each keeps its place.
    var chats: [SessionItem] = []
    /// The page that is shown instead of the transcript; `nil` when none is.
    var page: TextPage?
    /// The agent's own commands.
    var agentCommands: [AgentCommand] = []
    /// When the chat was come back to: what was written before that and arrives now was missed.
    var backAt: Timestamp?
    /// What was typed in a chat that is being left.
    var editorLeft: Editor?
    /// The chat in which this one goes on, since it has expired.
    var next: String?
    /// The title of the chat of which this one is to be a copy, until the server has made it.
    var copyOf: String?
    /// What was deleted last, by words or to an end of the line.
    var killed = ""
    /// Whether the last key deleted so: what follows is added to it.
    var isKilling = false
    /// The search for an earlier prompt; `nil` when none is open.
    var search: HistorySearch?
    /// What the agent offers to be set.
    var options: [ConfigOption] = []
    /// The search in what was said; `nil` when none is open.
    var find: TextFind?
    /// The places that were found in this chat, while `n` and `N` go through them.
    var places: FoundPlaces?
    /// What the server says of other sessions.
    var news: [SessionID: SessionNews] = [:]
    /// What the word at the cursor can be completed to; `nil` when nothing is offered.
    var completion: Completion?
    /// The files of the chat's folder, as far as they were listed.
    var files = FileNames()
    /// Whether the word at the cursor may name a file, so that they were asked for.
    var isNamingFile = false
    /// Whether Esc closed the popup for the word at the cursor.
    var isCompletionClosed = false
    /// What the page of an empty chat says; `nil` for a chat that is not empty.
    var welcome: Welcome?
    /// The branch that is checked out in the chat's folder; empty when none is known.
    var branch = ""
    /// What the entries tell of the agent's work besides the conversation.
    var activity = Activity()
    var network = NetworkLog()
    /// Where the token comes from, in a few words; empty when none is needed.
    var token = ""
    /// Whether the panel was closed, or on a narrow screen opened, by the user.
    var isPanelToggled = false
    var interruptedAt: Instant?
    /// What was copied last.
    var lastCopy: LastCopy?
    /// When the last entries arrived.
    var newsAt: Instant?
    var hasFocus = true
    var clock: ClockReading?

    /// Creates an empty screen.
    ///
    /// - Parameters:
    ///   - theme: The styles of the roles.
    ///   - glyphs: The characters that the terminal can display.
    ///   - size: The size of the screen.
    ///   - zone: The user's offsets from UTC.
    ///   - title: The text in the header until a session is opened.
    public init(
        theme: Theme, glyphs: GlyphSet, size: Size, zone: TimeZoneTable = TimeZoneTable(), title: String = "belay"
    ) {
        self.theme = theme
        glyphsPossible = glyphs
        self.glyphs = Glyphs(theme.glyphs(possible: glyphs), spark: theme.spark)
        self.size = size
        self.zone = zone
        self.title = title.label
    }

    /// Whether the last resume is live and not on the screen yet: ``Intent/painted`` is due after the next frame.
    public var awaitsPaint: Bool { network.awaitsPaint }

    /// Whether the client is current, so that progress is shown as it happens.
    var isLive: Bool { connection.state == .live }

    var regions: Regions { Regions(of: self) }

    /// Adopts the glyphs of the theme as far as the terminal can display them.
    private mutating func restyle() {
        glyphs = Glyphs(theme.glyphs(possible: glyphsPossible), spark: theme.spark)
        transcript.forgetAllLayouts()
    }

    /// Creates a painter for this moment, which lays out blocks.
    func painter(now: Instant, wallClock: Timestamp) -> BlockPainter {
        BlockPainter(
            theme: theme, glyphs: glyphs, columns: Columns(screen: transcriptColumns), zone: zone,
            spinnerStep: isLive && turn != nil ? spinnerStep(at: now) : nil,
            wallClock: stepped(wallClock, at: now), codeShift: transcript.codeShift,
            isUnfolded: transcript.isUnfolded)
    }
}

extension Transcript {
    /// Discards all layouts, after a change of the style or the width.
    mutating func forgetAllLayouts() { (layouts, tailLayouts) = (LayoutCache(), [:]) }
}
