import Sync
import Wire

/// Everything that the screen shows. ``update(_:_:now:wallClock:)`` changes it, and ``view(_:now:wallClock:)`` draws it.
public struct Model: Hashable, Sendable {
    /// The turn that is running.
    struct RunningTurn: Hashable, Sendable {
        var id: TurnID
        var startedAt: Timestamp
    }

    /// A line shown for a moment in the place of the hints.
    struct Flash: Hashable, Sendable {
        /// How long such a line is shown, unless something else ends it.
        static let duration = Duration.seconds(3)

        var text: String
        var until: Instant
    }

    /// Two clocks read at the same moment.
    struct ClockReading: Hashable, Sendable {
        var now: Instant
        var wallClock: Timestamp
    }

    /// How large the screen is.
    public internal(set) var size: Size
    /// Whether the line of hints is shown when there is room.
    public var hasHints = true
    /// How roles look.
    public var theme: Theme { didSet { transcript.forgetAllLayouts() } }

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
    /// The list of chats, while it is shown.
    var picker: SessionPicker?
    var interruptedAt: Instant?
    var hasFocus = true
    var clock: ClockReading?

    /// An empty screen.
    ///
    /// - Parameters:
    ///   - theme: How roles look.
    ///   - glyphs: The characters that the terminal can be trusted with.
    ///   - size: How large the screen is.
    ///   - zone: By how much the user's clock is ahead of UTC.
    ///   - title: What stands at the top until a session is opened.
    public init(
        theme: Theme, glyphs: GlyphSet, size: Size, zone: TimeZoneTable = TimeZoneTable(), title: String = "belay"
    ) {
        self.theme = theme
        self.glyphs = Glyphs(glyphs, spark: theme.spark)
        self.size = size
        self.zone = zone
        self.title = title.label
    }

    /// Whether what the agent does is seen as it happens.
    var isLive: Bool { connection.state == .live }

    /// Where the parts of the screen are.
    var regions: Regions { Regions(of: self) }

    /// What lays out blocks at a moment.
    func painter(now: Instant, wallClock: Timestamp) -> BlockPainter {
        BlockPainter(
            theme: theme, glyphs: glyphs, columns: Columns(screen: size.columns), zone: zone,
            spinnerStep: isLive && turn != nil ? Ticks.spinnerStep(at: now) : nil,
            wallClock: Ticks.stepped(wallClock, at: now))
    }
}

extension Transcript {
    /// Everything is laid out anew, because it looks different now.
    mutating func forgetAllLayouts() { (layouts, tailLayouts) = ([:], [:]) }
}
