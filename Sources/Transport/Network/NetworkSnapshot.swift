import Glibc

/// The addresses and routes of this machine at one moment, to be compared with another snapshot.
struct NetworkSnapshot: Hashable {
    /// One line per item; only equality matters.
    private var lines: Set<String> = []

    /// Takes a snapshot. Sources that cannot be read are left out, in each snapshot alike.
    static func now() -> NetworkSnapshot {
        var snapshot = NetworkSnapshot()
        snapshot.addInterfaces()
        snapshot.add(columns: [0, 1, 2, 6, 7], of: "/proc/net/route")
        // The columns in between are counters, which always change.
        snapshot.add(columns: [0, 1, 4, 5, 9], of: "/proc/net/ipv6_route")
        // glibc uses netlink to list addresses; these tables have them where netlink is refused.
        snapshot.add(columns: [0, 1, 2, 3, 5], of: "/proc/net/if_inet6")
        snapshot.add(columns: [0, 1, 2], of: "/proc/net/fib_trie")
        return snapshot
    }

    private mutating func addInterfaces() {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return }
        defer { freeifaddrs(first) }
        var next = first
        while let interface = next {
            next = interface.pointee.ifa_next
            let flags = interface.pointee.ifa_flags & UInt32(IFF_UP | IFF_RUNNING)
            var line = "\(String(cString: interface.pointee.ifa_name)) \(flags)"
            if let address = interface.pointee.ifa_addr, let text = NetworkSnapshot.text(of: address) {
                line += " \(text)"
            }
            lines.insert(line)
        }
    }

    private static func text(of address: UnsafeMutablePointer<sockaddr>) -> String? {
        let length: Int
        // The family comes first (sockaddr(3type)). By its name it is a member of whichever C module was loaded first, Glibc
        // or one of NIO's.
        switch Int32(UnsafeRawPointer(address).load(as: sa_family_t.self)) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name -> String? in
            guard
                let start = name.baseAddress,
                getnameinfo(
                    address, socklen_t(length), start, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
            else { return nil }
            return String(cString: start)
        }
    }

    /// Adds some columns of a table in /proc; at most 64 KiB are read.
    private mutating func add(columns: [Int], of file: String) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64 << 10) { bytes in
            var count = 0
            while count < bytes.count, let start = bytes.baseAddress {
                let more = read(descriptor, start + count, bytes.count - count)
                guard more > 0 else { break }
                count += more
            }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        for line in text.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            lines.insert(columns.filter { $0 < words.count }.map { String(words[$0]) }.joined(separator: " "))
        }
    }
}
