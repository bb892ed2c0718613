import Mirror
import NIOCore
import NIOPosix
import Sync
public import Wire

/// What the input of a screen needs of a chat.
extension ChatClient {
    /// Gives a prompt back to the user. It leaves the engine first, so that it cannot go out meanwhile.
    func reclaim(_ prompt: ClientMessageID) {
        guard let item = engine.outboxItems.first(where: { $0.id == prompt }), item.canBeTakenBack else {
            return report(.notice("the prompt was sent already, and cannot be taken back"))
        }
        run(.takenBack(prompt))
        disk.runIfActive(eventLoop: loop) { [stateStore = store.stateStore] in
            try stateStore.remove([prompt])
        }.whenFailure { error in self.report(.notice("\(Self.notForgotten): \(error)")) }
        report(.tookBack(item.content.compactMap(\.text).joined(separator: "\n")))
    }

    /// Cancels a prompt: takes it back from the outbox, or stops its turn as soon as there is a connection.
    ///
    /// - Returns: Whether it was taken back; otherwise it has gone out, and its turn is being stopped.
    public func cancel(_ prompt: ClientMessageID) async -> Bool {
        guard let item = engine.outboxItems.first(where: { $0.id == prompt }), item.state == .pending, !item.wasSent
        else {
            run(.cancelTurn)
            return false
        }
        run(.takenBack(prompt))
        do {
            try await disk.runIfActive(eventLoop: loop) { [stateStore = store.stateStore] in
                try stateStore.remove([prompt])
            }.get()
        } catch {
            report(.notice("\(Self.notForgotten): \(error)"))
        }
        return true
    }

    private static let notForgotten = "belay could not take the prompt back, and sends it when this chat is opened"

    /// The chat's folder when it is on this machine.
    var localFolder: String? { configuration.privateServer == nil ? nil : store.chat.directory }

    /// Lists the files of the chat's folder, one time at once.
    func listFiles() {
        guard let folder = localFolder else { return report(.files(nil)) }
        guard listing == nil else { return }
        listing = Task {
            let files = await FolderFiles.list(folder)
            listing = nil
            report(.files(files))
        }
    }
}
