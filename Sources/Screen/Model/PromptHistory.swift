/// The prompts of this session, for going back to them.
struct PromptHistory: Hashable, Sendable {
    /// How many are kept.
    static let kept = 100

    private var prompts: [String] = []
    /// Which one is in the input, and what stood there before.
    private var browsing: (index: Int, draft: String)? {
        get { place.map { ($0, draft) } }
        set { (place, draft) = (newValue?.index, newValue?.draft ?? "") }
    }
    private var place: Int?
    private var draft = ""

    /// A prompt was sent.
    mutating func add(_ prompt: String) {
        browsing = nil
        if prompts.last == prompt { return }
        prompts = prompts.suffix(PromptHistory.kept - 1) + [prompt]
    }

    /// The text was edited: it is a draft of its own now.
    mutating func stop() { browsing = nil }

    /// The prompt before the one in the input; `nil` when there is none.
    mutating func previous(current: String) -> String? {
        let index = browsing?.index ?? prompts.count
        guard index > 0 else { return nil }
        browsing = (index - 1, browsing?.draft ?? current)
        return prompts[index - 1]
    }

    /// The prompt after the one in the input, at last the draft; `nil` when a draft is in the input.
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
