import Foundation
import ProgramKit
import TestKit
import Testing
import Wire

/// A disk that is full, at either side: it is said, the programs keep running, they go on by themselves when there is
/// room, and nothing is lost.
@Suite(
    "Full disks", .serialized,
    .enabled(if: SmallDisk.isAllowed, "only root may mount a file system, so no disk is filled here"))
struct FullDiskTests {
    private static let question = "How does the retry policy choose its delay?"

    private func since(_ begun: ContinuousClock.Instant) -> String {
        String(format: "%.2f s", Double((ContinuousClock.now - begun).nanoseconds) / 1e9)
    }

    @Test("the server's journal has no room")
    func journal() async throws {
        let home = try Home()
        let folder = home.directory.path("state/belay/server")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(home.directory.path("state/belay"), 0o700)
        let disk = try SmallDisk(at: folder, kilobytes: 4_096)
        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type("What is a cart?")
        try screen.press("Enter")
        #expect(await screen.shows("I searched"), "\(screen.text)")

        disk.fill()
        try screen.type(Self.question)
        let asked = ContinuousClock.now
        try screen.press("Enter")
        #expect(await screen.shows("disk is full"), "\(screen.text)")
        print("figure: the journal has no room: said after \(since(asked))")
        try screen.type("half a thought")
        #expect(await screen.shows("half a thought"), "the screen keeps running")
        #expect(try Records.outbox(of: home).count == 1, "the question is safe here")

        let begun = ContinuousClock.now
        disk.clear()
        try await home.expectWhole(prompts: 2)
        print("figure: the journal has room again: answered after \(since(begun))")
        #expect(await screen.shows("outbox 0"), "\(screen.text)")
        withExtendedLifetime(screen) {}
    }

    /// A client on a small disk; its server has another one.
    private func smallClient(_ environment: [String: String] = [:]) throws -> (home: Home, disk: SmallDisk) {
        let home = try Home(environment)
        let (folder, server) = (home.directory.path("state/belay"), home.directory.path("server-data"))
        for path in [folder, server] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let disk = try SmallDisk(at: folder, kilobytes: 4_096)
        try FileManager.default.createSymbolicLink(atPath: folder + "/server", withDestinationPath: server)
        return (home, disk)
    }

    @Test("the client's copy has no room while an answer comes")
    func mirror() async throws {
        let gates = try TemporaryDirectory("gate")
        let gate = gates.path("gate")
        _ = FileManager.default.createFile(atPath: gate, contents: nil)
        let (home, disk) = try smallClient(["BELAY_FAILPOINT": "librarian.step5.chunk=hold:\(gate)"])
        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type(Self.question)
        try screen.press("Enter")
        #expect(await screen.shows("Plan 4/5"), "\(screen.text)")

        disk.fill()
        let answered = ContinuousClock.now
        try FileManager.default.removeItem(atPath: gate)
        #expect(await screen.shows("no room is left"), "\(screen.text)")
        print("figure: the copy has no room: said after \(since(answered))")
        try screen.type("half a thought")
        #expect(await screen.shows("half a thought"), "the screen keeps running")

        let begun = ContinuousClock.now
        disk.clear()
        try await home.expectWhole(prompts: 1)
        print("figure: the copy has room again: current after \(since(begun))")
        #expect(await screen.shows("● live"), "\(screen.text)")
        #expect(await screen.shows("I searched"), "\(screen.text)")
    }

    @Test("the client's outbox has no room: what was typed is given back, and goes out when there is")
    func outbox() async throws {
        let (home, disk) = try smallClient()
        let screen = try Screen(home, rows: 60)
        #expect(await screen.shows("● live"), "\(screen.text)")
        try screen.type("What is a cart?")
        try screen.press("Enter")
        #expect(await screen.shows("I searched"), "\(screen.text)")
        #expect(await screen.shows("outbox 0"), "\(screen.text)")

        disk.fill()
        try screen.type(Self.question)
        try screen.press("Enter")
        #expect(await screen.shows("not sent"), "\(screen.text)")
        #expect(screen.text.contains("> " + Self.question), "it is the user's again: \(screen.text)")

        disk.clear()
        let begun = ContinuousClock.now
        try screen.press("Enter")
        try await home.expectWhole(prompts: 2)
        print("figure: the outbox has room again: sent and answered after \(since(begun))")
    }
}
