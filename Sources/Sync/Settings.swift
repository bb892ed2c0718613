import Wire

/// What the user has set and the server has not confirmed: the newest value of each option. Setting one twice is the same as
/// once, so that what was sent on a connection that ended is sent again on the next.
///
/// It is not on the disk: it ends with the program, and the user has seen no confirmation.
struct Settings: Hashable, Sendable {
    /// The most settings that wait; more are refused.
    static let waitingMaximum = 16

    private var waiting: [AgentSetting] = []
    /// The one that was sent on the present connection and is not answered; one at a time, so that they keep their order.
    private var sent: AgentSetting?

    /// Whether nothing waits, so that a prompt which the user wrote behind it may go out.
    var isSettled: Bool { waiting.isEmpty && sent == nil }

    /// The user sets something.
    ///
    /// - Returns: Whether there was room.
    mutating func want(_ setting: AgentSetting) -> Bool {
        waiting.removeAll { $0.isSameOption(as: setting) }
        guard waiting.count < Settings.waitingMaximum else { return false }
        waiting.append(setting)
        return true
    }

    /// What is to be sent now.
    mutating func take() -> AgentSetting? {
        guard sent == nil, !waiting.isEmpty else { return nil }
        sent = waiting.removeFirst()
        return sent
    }

    /// The server has answered.
    mutating func answered() { sent = nil }

    mutating func connectionLost() {
        guard let sent else { return }
        self.sent = nil
        if !waiting.contains(where: { $0.isSameOption(as: sent) }) { waiting.insert(sent, at: 0) }
    }
}

extension AgentSetting {
    fileprivate func isSameOption(as other: AgentSetting) -> Bool {
        switch (self, other) {
        case (.mode, .mode): true
        case (.option(let id, _), .option(let other, _)): id == other
        case (.mode, .option), (.option, .mode): false
        }
    }
}
