import NIOPosix
import Platform
import Synchronization
public import Wire

/// Reads the list of chats beside the thread that paints: however many there are, no key waits for it.
public final class ChatLister: Sendable {
    private let pool = NIOThreadPool(numberOfThreads: 1)
    /// The number of the last request: an earlier one that has not begun would report what the last one will.
    private let newest = Atomic(0)

    /// Creates it, with its thread.
    public init() { pool.start() }

    /// Lists the chats of this machine at all servers, most recent first, in place of requests that have not begun.
    ///
    /// - Parameter report: Called on another thread with the chats, or with why they cannot be read; not at all when
    ///   another request follows soon.
    public func list(
        _ store: ChatStore, report: @escaping @Sendable (Result<[ChatList.Item], StoreError>) -> Void
    ) {
        let number = newest.add(1, ordering: .relaxed).newValue
        pool.submit { _ in
            guard self.newest.load(ordering: .relaxed) == number else { return }
            do throws(StoreError) {
                report(.success(try store.everywhere(limit: ChatList.screenLimit)))
            } catch {
                report(.failure(error))
            }
            // A long list, and a chat that was left, leave memory with threads that do not need it again soon.
            HeapMemory.giveBackFreed()
        }
    }
}
