import Wire

extension ChatList.Item {
    /// The chat as `session/list` has it (ACP's `SessionInfo`).
    ///
    /// - Parameter directory: The folder whose chats are wanted; `nil` for all.
    /// - Returns: `nil` for one of another folder, and for one that cannot be gone on with.
    func info(in directory: String?) -> JSON? {
        guard let session, !isExpired, directory == nil || directory == self.directory else { return nil }
        return .object(of: [
            "sessionId": .string(session.rawValue), "cwd": .string(self.directory),
            "title": title.map { .string($0) }, "updatedAt": .string(ISO8601.text(usedAt)),
        ])
    }
}
