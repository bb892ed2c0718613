/// The prompts of this session, for recalling them with the arrow keys.
struct PromptHistory: Hashable, Sendable {
    /// The most prompts that are kept.
    static let kept = 100

    private var prompts: [String] = []
    /// The prompts, the last one first.
    var newestFirst: [String] { prompts.reversed() }
    /// The recalled prompt, and the draft that it replaced; `nil` while the draft is shown.
    private var browsing: (index: Int, draft: String)? {
        get { place.map { ($0, draft) } }
        set { (place, draft) = (newValue?.index, newValue?.draft ?? "") }
    }
    private var place: Int?
    /// Whether a recalled prompt is shown.
    var isBrowsing: Bool { place != nil }
    private var draft = ""

    /// Adds a prompt that was sent.
    mutating func add(_ prompt: String) {
        browsing = nil
        if prompts.last == prompt { return }
        prompts = prompts.suffix(PromptHistory.kept - 1) + [prompt]
    }

    /// The recalled text was edited: it is the draft from now on.
    mutating func stop() { browsing = nil }

    /// The prompt before the recalled one; `nil` when there is none.
    mutating func previous(current: String) -> String? {
        let index = browsing?.index ?? prompts.count
        guard index > 0 else { return nil }
        browsing = (index - 1, browsing?.draft ?? current)
        return prompts[index - 1]
    }

    /// The prompt after the recalled one, and after the last one the draft; `nil` when the draft is shown.
    mutating func next() -> String? {
        guard let (index, draft) = browsing else { return nil }
        guard index + 1 < prompts.count else {
            browsing = nil
            return draft
        }
        browsing = (index + 1, draft)
        return prompts[index + 1]
    }
}
