import Glibc
import TestKit

/// What a target is being given, in memory that outlives the process: a file that parent and child both map.
struct Note {
    private static let size = Mutator.bytesMaximum * 4

    private let memory: UnsafeMutableRawPointer

    init?(path: String, isNew: Bool) {
        let file = open(path, isNew ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0o600)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard !isNew || ftruncate(file, off_t(Self.size)) == 0,
            let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), memory != MAP_FAILED
        else { return nil }
        self.memory = memory
    }

    func write(_ bytes: [UInt8]) {
        let count = min(bytes.count, Self.size - 8)
        memory.storeBytes(of: UInt64(count), as: UInt64.self)
        bytes.withUnsafeBytes {
            memory.advanced(by: 8).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: count)
        }
    }

    var bytes: [UInt8] {
        let count = min(Int(memory.load(as: UInt64.self)), Self.size - 8)
        return Array(UnsafeRawBufferPointer(start: memory.advanced(by: 8), count: count))
    }

    func unmap() { munmap(memory, Self.size) }
}
