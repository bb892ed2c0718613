import Mirror
import NIOCore
import NIOPosix
import Sync
import Wire

/// A mirror that is damaged: found in the background, set aside, and fetched again.
extension ChatClient {
    /// Checks the whole mirror once in the background; a damaged one is reported and replaced.
    func checkMirror() {
        background.runIfActive(eventLoop: loop) { [mirror = store.mirror] in mirror.isSound() }.whenSuccess { isSound in
            guard !isSound else { return }
            self.assumeIsolated { $0.replaceMirror() }
        }
    }

    /// Quarantines a damaged mirror and starts an empty one. What is shown stays until everything was fetched again.
    func replaceMirror() {
        disk.runIfActive(eventLoop: loop) { [mirror = store.mirror] in
            try mirror.replace(now: ClientClock.wall)
        }.whenComplete { result in
            self.assumeIsolated { client in
                switch result {
                case .success(let name):
                    client.report(
                        .notice("the local copy was damaged: belay set it aside as \(name) and fetches it again"))
                    client.run(.mirrorReplaced)
                case .failure(let error):
                    client.report(.notice("the local copy is damaged, and belay cannot set it aside: \(error)"))
                    client.run(.mirrorFailed("\(error)"))
                }
            }
        }
    }
}
