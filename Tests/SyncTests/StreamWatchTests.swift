import Testing
import Wire

@testable import Sync

/// Each state of ``StreamWatch`` and what each pong makes of it.
@Suite struct StreamWatchTests {
    private static let states: [StreamWatch.State] = [.moving, .behind(4)]

    private static func watch(_ state: StreamWatch.State) -> StreamWatch {
        var watch = StreamWatch()
        if state == .behind(4) { #expect(watch.pong(head: 9, cursor: 4) == .suspicious) }
        return watch
    }

    private static let pongs: [(head: Seq?, cursor: Seq?, state: StreamWatch.State)] = [
        (nil, 4, .moving), (9, nil, .moving), (nil, nil, .moving), (4, 4, .moving), (3, 4, .moving),
        (9, 5, .behind(5)), (5, 4, .behind(4)),
    ]

    @Test(arguments: states, pongs)
    func aPong(of state: StreamWatch.State, _ pong: (head: Seq?, cursor: Seq?, state: StreamWatch.State)) {
        var watch = Self.watch(state)
        let verdict = watch.pong(head: pong.head, cursor: pong.cursor)
        #expect(watch.state == pong.state)
        if pong.state == .moving {
            #expect(verdict == .moving)
        } else {
            #expect(verdict == (state == pong.state ? .stuck : .suspicious))
        }
    }

    @Test(arguments: states) func anotherConnectionHasAnotherStream(_ state: StreamWatch.State) {
        var watch = Self.watch(state)
        watch.connectionLost()
        #expect(watch.state == .moving)
        #expect(watch.pong(head: 9, cursor: 4) == .suspicious)
    }
}
