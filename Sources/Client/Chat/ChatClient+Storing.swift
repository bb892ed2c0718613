import FailPoints
import Mirror
import NIOCore
import NIOPosix
import Sync
import Wire

/// What comes from the server on its way to the mirror: a prompt leaves the outbox, and a front end sees an entry, only when
/// the mirror has it.
extension ChatClient {
    func store(_ changes: [MirrorChange]) {
        let (store, server, key) = (self.store, store.chat.server, store.chat.key)
        let ids = changes.flatMap(\.entries).compactMap(\.clientMessageID)
        let answered = changes.flatMap(\.entries).compactMap { entry -> RequestKey? in
            if case .event(.requestResolved(let resolution)) = entry.body { resolution.key } else { nil }
        }
        let titles = changes.compactMap { change in change.title.map { (title: $0, session: change.session) } }
        disk.runIfActive(eventLoop: loop) {
            FailPoint.hit("client.store.begin")
            for case .adopt(let session, _) in changes { try store.stateStore.adopt(session, for: key) }
            FailPoint.hit("client.store.between")
            try store.mirror.apply(changes, at: server)
            for (title, session) in titles { try store.entitle(title, in: session) }
            FailPoint.hit("client.store.remove")
            // Last, because a prompt leaves the outbox only when its entry is in the mirror.
            try store.stateStore.remove(ids)
            try store.stateStore.removeAnswers(to: answered, of: key)
        }.whenComplete { result in
            self.assumeIsolated { client in
                client.isStoring = false
                client.goOnReading()
                switch result {
                case .success:
                    client.stored(changes)
                    if !titles.isEmpty { client.report(.titled) }
                case .failure(StoreError.corrupt):
                    client.run(.storeFailed("the local copy (mirror.db) is damaged"))
                    client.replaceMirror()
                case .failure(let error): client.run(.storeFailed("\(error)"))
                }
            }
        }
    }

    private func stored(_ changes: [MirrorChange]) {
        FailPoint.hit("client.stored")
        run(.stored)
        for change in changes {
            switch change {
            case .append(_, _, let entries): report(.entries(entries))
            case .skip(let session, _, _), .swap(let session, _): report(.replaced(session))
            case .fill(let session, _, _): report(.filled(session))
            case .adopt(let session, _): report(.adopted(session))
            case .beginSnapshot, .stage: break
            }
        }
        if changes.contains(where: { !$0.entries.isEmpty }) { report(.outbox(engine.outboxItems)) }
    }
}
