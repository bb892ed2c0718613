import Foundation
import ProgramKit
import TestKit
import Testing

extension Home {
    /// Kills the private server, and keeps everybody from starting another one, which takes a lock.
    ///
    /// - Returns: The descriptor that holds the lock: once it is closed, a server can be started again.
    func keepServerAway(sourceLocation: SourceLocation = #_sourceLocation) -> Int32 {
        let lock = open(directory.path("state/belay/start.lock"), O_RDWR)
        #expect(flock(lock, LOCK_EX) == 0, sourceLocation: sourceLocation)
        let servers = serverProcesses()
        #expect(!servers.isEmpty, sourceLocation: sourceLocation)
        for server in servers { kill(server, SIGKILL) }
        return lock
    }
}
