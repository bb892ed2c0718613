import Sync
public import Wire

/// The chats that were left for others, as they were on the screen: whoever comes back finds the same lines, what was
/// folded, and what was typed, without a page being read.
///
/// What belongs to the terminal and not to a chat, such as the size, is always that of the present screen.
public struct LeftChats: Sendable {
    /// How many are kept; the one that was left first goes first. Each holds what was near its view, and little more of
    /// its history.
    public static let maximum = 8

    private struct Left: Sendable {
        var key: String
        var epoch: Epoch?
        var model: Model
    }

    /// The one that was left last is the last.
    private var chats: [Left] = []

    /// Creates it without chats.
    public init() {}

    /// Keeps a chat that is left.
    ///
    /// - Parameters:
    ///   - model: The screen, behind the intent that has left it.
    ///   - key: The chat's key.
    ///   - epoch: The incarnation of its journal in the mirror; one with another epoch is not the same chat.
    public mutating func keep(_ model: Model, as key: String, epoch: Epoch?) {
        chats.removeAll { $0.key == key }
        chats.append(Left(key: key, epoch: epoch, model: model.left))
        if chats.count > LeftChats.maximum { chats.removeFirst() }
    }

    /// Forgets a chat.
    public mutating func forget(_ key: String) { chats.removeAll { $0.key == key } }

    /// Puts a chat back on the screen.
    ///
    /// - Returns: Whether it was there; otherwise the screen is as it was.
    public mutating func putBack(
        _ key: String, epoch: Epoch?, on model: inout Model, now: Instant, wallClock: Timestamp
    ) -> Bool {
        guard let index = chats.firstIndex(where: { $0.key == key }) else { return false }
        let left = chats.remove(at: index)
        guard left.epoch == epoch else { return false }
        model = left.model.back(on: model, now: now, wallClock: wallClock)
        return true
    }
}

extension Model {
    /// Whether the list of chats may be wrong about a session of which there is news: it has no such chat, or one with
    /// prompts that wait.
    public func isListOutdated(by session: SessionID) -> Bool {
        chats.first { $0.session == session }.map { $0.waiting > 0 } ?? true
    }

    /// The newest entry that was on the screen; 0 before the first.
    public var newestSeen: Seq { transcript.newestSeen }

    /// The chat as it is kept: without what is open above it.
    fileprivate var left: Model {
        var left = self
        left.editor = editorLeft ?? editor
        (left.picker, left.page, left.search, left.find, left.completion, left.flash) = (nil, nil, nil, nil, nil, nil)
        (left.chats, left.files, left.isNamingFile) = ([], FileNames(), false)
        left.transcript.forgetAllLayouts()
        left.transcript.keepWithinBounds(bytes: Transcript.bytesLeft)
        return left
    }

    /// The chat on the present screen.
    fileprivate func back(on present: Model, now: Instant, wallClock: Timestamp) -> Model {
        var back = self
        let before = back.painter(now: now, wallClock: wallClock)
        (back.size, back.theme, back.glyphsPossible) = (present.size, present.theme, present.glyphsPossible)
        (back.hasMotion, back.hasHints, back.themeNames) = (present.hasMotion, present.hasHints, present.themeNames)
        (back.isPanelToggled, back.hasFocus, back.killed) = (present.isPanelToggled, present.hasFocus, present.killed)
        (back.chats, back.news, back.lastCopy) = (present.chats, present.news, present.lastCopy)
        (back.network, back.clock, back.interruptedAt) = (present.network, present.clock, nil)
        // What was live may not be so any more.
        back.connection = ConnectionStatus(state: .connecting, agents: present.connection.agents)
        (back.editorLeft, back.backAt) = (nil, wallClock)
        back.transcript.rewrap(from: before, to: back.painter(now: now, wallClock: wallClock))
        return back
    }
}
