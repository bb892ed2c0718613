import Glibc

/// Watches folders for files that are written or replaced (inotify(7)).
public final class FileWatch {
    /// The descriptor that the loop polls.
    let descriptor: Int32
    private var folders: [String: Int32] = [:]

    /// Creates a watch for no folder; on a system without room for another one, it never reports anything.
    public init() {
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Watches these folders and no others. Those that do not exist are passed over.
    public func watch(_ wanted: Set<String>) {
        guard descriptor >= 0 else { return }
        for (folder, number) in folders where !wanted.contains(folder) {
            inotify_rm_watch(descriptor, number)
            folders[folder] = nil
        }
        for folder in wanted where folders[folder] == nil {
            // A saved file is complete when it is closed, or when it takes the place of the one before.
            let number = inotify_add_watch(descriptor, folder, UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO))
            if number >= 0 { folders[folder] = number }
        }
    }

    /// The names of the files that have changed; empty when too many have.
    func take() -> Set<String> {
        var names: Set<String> = []
        let head = MemoryLayout<inotify_event>.size
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while case let count = read(descriptor, &buffer, buffer.count), count >= head {
            var start = 0
            while start + head <= count {
                let event = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: inotify_event.self) }
                let name = buffer[start + head..<min(count, start + head + Int(event.len))].prefix { $0 != 0 }
                if !name.isEmpty { names.insert(String(decoding: name, as: UTF8.self)) }
                start += head + Int(event.len)
            }
        }
        return names
    }
}
