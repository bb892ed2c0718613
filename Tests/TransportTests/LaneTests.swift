import NIOCore
import Testing

@testable import FaultProxy

/// One direction of the fault proxy, in virtual time.
@Suite struct LaneTests {
    private func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    /// What comes out until the lane has nothing to write, and when, in milliseconds.
    private func drain(_ lane: inout Lane, from start: Int64 = 0) -> (
        written: [(at: Int64, text: String)], last: Lane.Step
    ) {
        var now = start
        var written: [(at: Int64, text: String)] = []
        while true {
            let step = lane.next(at: now)
            switch step {
            case .write(let bytes): written.append((at: now / 1_000_000, text: String(buffer: bytes)))
            case .wait(let moment):
                #expect(moment > now, "a wait that is over would never end")
                now = moment
            case .idle, .finish, .cut: return (written, step)
            }
        }
    }

    @Test func withoutFaultsBytesPassAtOnce() {
        var lane = Lane()
        lane.receive(bytes("ab"), at: 5)
        lane.receive(bytes("c"), at: 5)
        #expect(lane.next(at: 5) == .write(bytes("ab")))
        #expect(lane.next(at: 5) == .write(bytes("c")))
        #expect(lane.next(at: 5) == .idle)
        lane.end()
        #expect(lane.next(at: 5) == .finish)
    }

    @Test func latencyDelaysEachPieceAndTheEndBehindIt() {
        var lane = Lane()
        lane.latency = 100
        lane.receive(bytes("a"), at: 0)
        lane.receive(bytes("b"), at: 30)
        lane.end()
        #expect(lane.next(at: 99) == .wait(until: 100))
        #expect(lane.next(at: 100) == .write(bytes("a")))
        #expect(lane.next(at: 100) == .wait(until: 130))
        #expect(lane.next(at: 131) == .write(bytes("b")))
        #expect(lane.next(at: 131) == .finish)
    }

    @Test func aThrottledLanePassesThatManyBytesInASecond() {
        var lane = Lane()
        lane.bytesPerSecond = 1_000
        let text = String(repeating: "x", count: 500)
        lane.receive(bytes(text), at: 0)
        let (written, last) = drain(&lane)
        #expect(written.map(\.text).joined() == text)
        #expect(last == .idle)
        #expect(written.allSatisfy { $0.text.utf8.count == 20 })
        #expect(written.first?.at == 0)
        #expect(written.last?.at == 480, "the last twenty bytes begin their twenty milliseconds")

        // A pause is not saved up.
        lane.receive(bytes(text), at: 60_000_000_000)
        #expect(drain(&lane, from: 60_000_000_000).written.last?.at == 60_480)
    }

    @Test func aLineOfOneByteASecondFlows() {
        var lane = Lane()
        lane.bytesPerSecond = 1
        lane.receive(bytes("abc"), at: 0)
        #expect(drain(&lane).written.map(\.at) == [0, 1_000, 2_000])
    }

    @Test(arguments: 0...6)
    func theCutIsAtExactlyThatByte(count: Int) {
        var lane = Lane()
        lane.bytesUntilCut = count
        lane.receive(bytes("abcd"), at: 0)
        lane.receive(bytes("ef"), at: 0)
        lane.receive(bytes("g"), at: 0)
        let (written, last) = drain(&lane)
        #expect(written.map(\.text).joined() == String("abcdefg".prefix(count)))
        #expect(last == .cut)
    }

    @Test func aBlackholeHoldsBackBytesAndEndAndLosesNothing() {
        var lane = Lane()
        lane.isBlackholed = true
        lane.receive(bytes("ab"), at: 0)
        lane.end()
        #expect(lane.next(at: 1_000) == .idle)
        lane.isBlackholed = false
        #expect(lane.next(at: 1_000) == .write(bytes("ab")))
        #expect(lane.next(at: 1_000) == .finish)
    }

    @Test func readingStopsAtTheBoundAndGoesOnBelowIt() {
        var lane = Lane()
        lane.receive(ByteBuffer(repeating: 0, count: Lane.bytesMaximum - 1), at: 0)
        #expect(lane.wantsMore)
        lane.receive(bytes("x"), at: 0)
        #expect(!lane.wantsMore)
        #expect(lane.bytesHeld == Lane.bytesMaximum)
        _ = lane.next(at: 0)
        #expect(lane.wantsMore)
        #expect(lane.bytesHeld == 1)
        lane.end()
        #expect(!lane.wantsMore)
    }

    /// As `belay.1` has them: 64 KiB each way of a connection, of which there are 10,000.
    @Test func theBoundsAreThoseOfTheManual() {
        #expect(Lane.bytesMaximum == 65_536)
        #expect(Relay.linksMaximum == 10_000)
    }
}
