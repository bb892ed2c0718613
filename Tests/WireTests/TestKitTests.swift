import Foundation
import Synchronization
import TestKit
import Testing

@Suite struct SplitMix64Tests {
    /// The first numbers of seed 1234567, as other implementations give them.
    @Test func theNumbersAreTheKnownOnes() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func aSeedGivesTheSameNumbersAgainAndALaneOthers() {
        let seed = TestSeed(7)
        var first = seed.generator()
        var again = seed.generator()
        var lane = seed.generator(lane: 1)
        let numbers = (0..<8).map { _ in first.next() }
        #expect(numbers == (0..<8).map { _ in again.next() })
        #expect(numbers != (0..<8).map { _ in lane.next() })
        #expect("\(seed)" == "BELAY_SEED=7")
    }
}

@Suite struct GoldenTests {
    let directory: TemporaryDirectory
    let file: URL

    init() throws {
        directory = try TemporaryDirectory()
        file = directory.url.appendingPathComponent("Goldens/screen.txt")
    }

    private func mismatch(_ text: String) -> Golden.Mismatch? {
        thrownError(Golden.Mismatch.self) { try Golden.check(text, at: file, isRecording: false) }
    }

    @Test func whatWasRecordedIsAccepted() throws {
        try Golden.check("a\nb", at: file, isRecording: true)
        #expect(FileManager.default.contents(atPath: file.path) == Data("a\nb\n".utf8))
        #expect(throws: Never.self) { try Golden.check("a\nb\n", at: file, isRecording: false) }
    }

    @Test func aMissingGoldenIsAFailure() {
        #expect(mismatch("a")?.description == "no golden file \(file.path); RECORD_GOLDENS=1 writes it")
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test func aChangeIsShownAsADiff() throws {
        try Golden.check("1\n2\n3\n4\n5\n6\n7\n8\n9", at: file, isRecording: true)
        #expect(
            mismatch("1\n2\n3\n4\nfive\n6\n7\n8\n9")?.difference
                == "@@ -2 +2 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8")
        #expect(mismatch("1\n2\n3\n4\n5\n6\n7\n8")?.difference == "@@ -6 +6 @@\n 6\n 7\n 8\n-9\n ")
    }

    @Test func textsThatOnlyLookAlikeDiffer() throws {
        try Golden.check("é \u{1B}[1m", at: file, isRecording: true)
        #expect(mismatch("e\u{301} \u{1B}[1m")?.difference == "@@ -1 +1 @@\n-é \u{241B}[1m\n+e\u{301} \u{241B}[1m\n ")
    }

    @Test func twoChangesFarApartAreTwoHunks() {
        let old = (1...20).map(String.init)
        var new = old
        new[1] = "two"
        new.remove(at: 18)
        #expect(
            unifiedDiff(from: old.joined(separator: "\n"), to: new.joined(separator: "\n"), context: 1)
                == "@@ -1 +1 @@\n 1\n-2\n+two\n 3\n@@ -18 +18 @@\n 18\n-19\n 20")
        #expect(unifiedDiff(from: "a\n", to: "a\n") == "")
        #expect(unifiedDiff(from: "", to: "a") == "@@ -1 +1 @@\n-\n+a")
    }
}

@Suite struct WaitingTests {
    @Test func aConditionThatComesToHoldIsSeen() async {
        let looks = Mutex(0)
        let held = await eventually {
            looks.withLock { count in
                count += 1
                return count == 4
            }
        }
        #expect(held)
        #expect(looks.withLock { $0 } == 4)
    }

    @Test func aConditionThatNeverHoldsIsToldSo() async {
        #expect(await eventually(within: .milliseconds(20)) { false } == false)
        #expect(await eventually(within: .zero) { true }, "it is looked at once whatever the bound")
    }

    @Test func aGateHoldsAThreadUntilItIsOpenAndNoneAfterwards() async {
        let gate = Gate()
        let (order, happened) = AsyncStream<String>.makeStream()
        for _ in 0..<2 {
            Thread.detachNewThread {
                gate.pass()
                happened.yield("passed")
            }
        }
        happened.yield("opened")
        gate.open()
        var seen: [String] = []
        for await event in order {
            seen.append(event)
            if seen.count == 3 { break }
        }
        #expect(seen == ["opened", "passed", "passed"])
        gate.pass()
    }

    @Test func whatIsFasterThanADelayIsDoneOnceAndWhatNeverIsAsOftenAsAllowed() async {
        let count = Mutex(0)
        let quick = await fastest(below: .seconds(3_600)) { count.withLock { $0 += 1 } }
        #expect(quick < .seconds(3_600))
        #expect(count.withLock { $0 } == 1)
        let slow = await fastest(below: .zero, attempts: 3) { count.withLock { $0 += 1 } }
        #expect(slow >= .zero)
        #expect(count.withLock { $0 } == 4)
    }

    @Test func aTemporaryDirectoryGoesWithItsLastReference() throws {
        var directory: TemporaryDirectory? = try TemporaryDirectory()
        let path = try #require(directory?.path("a file"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        let folder = try #require(directory?.path)
        #expect(FileManager.default.fileExists(atPath: path))
        directory = nil
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func theRepositoryIsFoundFromTheSource() {
        let manifest = Repository.root.appendingPathComponent("Package.swift").path
        #expect(FileManager.default.fileExists(atPath: manifest))
    }
}
