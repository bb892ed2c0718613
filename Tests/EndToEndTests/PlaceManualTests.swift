import Foundation
import ProgramKit
import Sync
import Synchronization
import TestKit
import Testing

/// What `belay(1)` says under ENVIRONMENT and FILES of where things are looked for and kept.
@Suite("The manual of belay: places", .serialized)
struct PlaceManualTests {
    /// How a process was called.
    private func arguments(of process: pid_t) -> [String] {
        let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
        return line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("belayd is looked for on the PATH when it is not beside belay")
    func path() async throws {
        let home = try Home()
        let (alone, bin) = (home.directory.path("alone"), home.directory.path("bin"))
        for folder in [alone, bin] { try #require(mkdir(folder, 0o700) == 0) }
        // A second name of the file: a symbolic link would lead back to where belayd is.
        if link("\(Home.programs)/belay", alone + "/belay") != 0 {
            try FileManager.default.copyItem(atPath: "\(Home.programs)/belay", toPath: alone + "/belay")
        }
        try FileManager.default.createSymbolicLink(
            atPath: bin + "/belayd", withDestinationPath: "\(Home.programs)/belayd")
        // The program that is named is left out, and the one that stands alone gets its arguments.
        let instead = ["sh", "-c", #"shift; exec "$0" "$@""#, alone + "/belay"]
        let missing = try await home.run(
            "belay", ["--batch", "--max-offline", "0", "hello"], prefix: instead,
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(missing.status == 75)
        #expect(missing.errors.contains("cannot start belayd"), "\(missing.errors)")
        let found = try await home.run(
            "belay", ["--batch", "hello"], prefix: instead, environment: ["PATH": "/nonexistent:\(bin):/usr/bin:/bin"])
        #expect(found.status == 0, "\(found.errors)")
        let servers = home.serverProcesses()
        #expect(servers.count == 1)
        #expect(servers.allSatisfy { arguments(of: $0).first == bin + "/belayd" })
    }

    @Test("whatever XDG_RUNTIME_DIR is, there is one server, and all is where it is said")
    func folders() async throws {
        let home = try Home()
        let state = home.directory.path("state/belay")
        let missing = try await home.run(
            "belay", ["--batch", "hello"], environment: ["XDG_RUNTIME_DIR": home.directory.path("missing")])
        #expect(missing.status == 0, "\(missing.errors)")
        for name in ["mirror.db", "desk.db", "seats/0", "server/journal.db", "belayd.log", "server/belayd.sock"] {
            #expect(access("\(state)/\(name)", F_OK) == 0, "\(name)")
        }
        // Root writes to every folder, but to no disk that is mounted for reading.
        let closed = home.directory.path("closed")
        try #require(mkdir(closed, 0o500) == 0)
        let isMounted = mount("tmpfs", closed, "tmpfs", UInt(MS_RDONLY), "size=64k,mode=700") == 0
        defer { if isMounted { umount2(home.directory.path("closed"), Int32(MNT_DETACH)) } }
        guard access(closed, W_OK) != 0 else { return print("skipped: this user writes to every folder") }
        let readOnly = try await home.run("belay", ["--batch", "hello"], environment: ["XDG_RUNTIME_DIR": closed])
        #expect(readOnly.status == 0, "\(readOnly.errors)")
        #expect(home.serverProcesses().count == 1, "the same one, at the same place")
    }

    @Test("what is kept and cannot be read or written ends a run with 74", arguments: ["mirror.db", "desk.db"])
    func unreadable(name: String) async throws {
        let home = try Home()
        let file = home.directory.path("state/belay/" + name)
        try FileManager.default.createDirectory(
            atPath: file, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let outcome = try await home.batch("hello")
        #expect(outcome.status == 74)
        #expect(outcome.errors.contains("\(name) is a symbolic link, no regular file, or "), "\(outcome.errors)")
        #expect(access(file, F_OK) == 0, "it is left where it was")
        #expect(home.serverProcesses().isEmpty)
    }

    @Test("BELAY_SEED decides the delays between attempts to connect")
    func seed() async throws {
        func delays(_ seed: UInt64) -> [Duration] {
            var backoff = Backoff(seed: seed)
            return (0..<5).map { _ in backoff.next(outage: .zero) }
        }
        // Delays that are long for their intervals: whoever drew others would come too early at least once.
        let long = (UInt64(0)..<100_000).first { number in
            zip(delays(number), [0, 200, 400, 800, 1_600]).allSatisfy { $0 >= .milliseconds($1) }
        }
        let seed = try #require(long)
        let home = try Home(["BELAY_SEED": "\(seed)"])
        let socket = home.directory.path("socket")
        let visitors = try Visitors(at: socket, count: 6)
        let output = home.directory.path("output")
        let child = try Child(
            ["\(Home.programs)/belay", "--batch", "--server", "unix:\(socket)", "hello"],
            environment: home.environment, directory: home.shop, files: ("/dev/null", output, output + ".errors"))
        defer { child.killAndWait() }
        #expect(await eventually { visitors.times.count == 6 })
        let times = visitors.times
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        for (gap, delay) in zip(gaps, delays(seed)) { #expect(gap >= delay, "BELAY_SEED=\(seed): \(gaps)") }
        #expect(home.serverProcesses().isEmpty)
    }
}

/// A socket whose visitors are heard and shown the door; when each came is noted.
private final class Visitors: Sendable {
    private let came = Mutex<[ContinuousClock.Instant]>([])

    var times: [ContinuousClock.Instant] { came.withLock { $0 } }

    init(at path: String, count: Int) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(descriptor, 8) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileNoSuchFile) }
        Thread.detachNewThread { [self] in
            for _ in 0..<count {
                let visitor = accept(descriptor, nil, nil)
                let now = ContinuousClock.now
                came.withLock { $0.append(now) }
                var request = [UInt8](repeating: 0, count: 8_192)
                _ = read(visitor, &request, request.count)
                close(visitor)
            }
            close(descriptor)
        }
    }
}
