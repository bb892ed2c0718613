import Wire

/// The chats that are known, without their list: where the keys go, and what is new in them.
extension Model {
    /// Takes the chats as they are now. One that was known keeps its place, so that the keys for it stay the same; new
    /// ones come first.
    mutating func list(_ items: [SessionItem]) {
        let places = Dictionary(chats.enumerated().map { ($1.key, $0) }) { first, _ in first }
        let new = items.filter { places[$0.key] == nil }
        let known = items.filter { places[$0.key] != nil }.sorted { (places[$0.key] ?? 0) < (places[$1.key] ?? 0) }
        chats = new + known
        if let current = items.first(where: \.isCurrent) { title = heading(current.title) }
    }

    /// What the header calls a chat: by its title or, until something was asked, by its folder.
    func heading(_ title: String?) -> String {
        title ?? folder.split(separator: "/").last.map(String.init) ?? folder
    }

    /// The list that is shown follows the chats.
    mutating func relist() -> [Command] {
        picker = picker?.replaced(by: areChatsBeside ? chats : byUse)
        return previewIfNeeded()
    }

    /// Shows the list of the chats that are known.
    mutating func showKnown() -> [Command] {
        picker = SessionPicker(areChatsBeside ? chats : byUse)
        return previewIfNeeded()
    }

    /// The chats by their last use.
    private var byUse: [SessionItem] { chats.sorted { ($0.usedAt, $0.key) > ($1.usedAt, $1.key) } }

    /// Goes to the chat of that number.
    mutating func goTo(_ digit: Character, now: Instant) -> [Command] {
        guard let number = digit.wholeNumberValue, chats.indices.contains(number - 1) else {
            flash("There is no chat \(digit): ^S lists them.", now: now)
            return []
        }
        let item = chats[number - 1]
        return item.isCurrent ? [] : leave(for: .openSession(item.key))
    }

    /// Goes to a chat that waits for the user, or to one in which something is new.
    mutating func goToNews(now: Instant) -> [Command] {
        func first(_ condition: (SessionNews) -> Bool) -> SessionItem? {
            chats.first { item in !item.isCurrent && item.session.flatMap { news[$0] }.map(condition) ?? false }
        }
        guard let item = first({ $0.questions > 0 }) ?? first(\.isUnread) else {
            flash("No other chat has something new.", now: now)
            return []
        }
        return leave(for: .openSession(item.key))
    }

    /// Goes to the chat that was used before this one.
    mutating func goBack(now: Instant) -> [Command] {
        guard let item = byUse.first(where: { !$0.isCurrent }) else {
            flash("There is no other chat.", now: now)
            return []
        }
        return leave(for: .openSession(item.key))
    }

    /// The server says what another session does now.
    mutating func take(_ new: SessionNews, of session: SessionID, now: Instant) -> [Command] {
        let earlier = news[session]
        news[session] = new.following(earlier)
        guard new.questions > earlier?.questions ?? 0 else { return [] }
        let title = chats.first { $0.session == session }?.name ?? "Another chat"
        if !hasFocus { return [.notify("\(title): the agent asks for an answer")] }
        flash("“\(title)” asks for an answer: Alt-A goes there.", now: now)
        return []
    }
}
